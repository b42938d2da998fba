#include "shared/json/api_json.hpp"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include "shared/json/status_json.hpp"

namespace farm::api {
namespace {

using nlohmann::json;

Digest digest(std::uint8_t fill) {
  Digest made;
  made.bytes.fill(fill);
  return made;
}

JobStatus job(const std::string& name, JobKind kind, JobState state, std::vector<std::string> needs, const std::string& cause = "") {
  JobStatus made;
  made.name = name;
  made.kind = kind;
  made.state = state;
  made.needs = std::move(needs);
  made.cause = cause;
  return made;
}

BuildStatus market() {
  BuildStatus status;
  status.id = BuildId{7};
  status.project = "market";
  status.client = "dev";
  status.state = BuildState::Running;
  status.jobs = {job("deps", JobKind::Deps, JobState::Hit, {}), job("compile", JobKind::Compile, JobState::Assigned, {"deps"}, "source"),
                 job("image api", JobKind::Image, JobState::Waiting, {"compile", "gone"}, "source"),
                 job("image web", JobKind::Image, JobState::Failed, {}, "")};
  status.services = {{"api", ServiceResult::Pending, "", "", {}, "image api"}, {"web", ServiceResult::Failed, "", "", {}, "image web"}};
  return status;
}

TEST(ApiJson, EveryAnswerIsOneLine) {
  BuildStatus status = market();
  status.reason = "two\nlines";
  const std::vector<std::string> answers = {build_json(status),
                                            graph_json(status),
                                            brief_json(brief_of(status)),
                                            builds_json({{brief_of(status)}, 7}),
                                            farm_json({}, {}),
                                            agents_json({{}}),
                                            cache_json({}),
                                            projects_json({{}}),
                                            log_json({BuildId{7}, "a", 0, 4, false, "x\ny\n"}),
                                            error_json({ErrorKind::NotFound, "no\nthing"}, 2)};
  for (const std::string& answer : answers) {
    EXPECT_EQ(answer.find('\n'), std::string::npos) << answer;
    EXPECT_TRUE(json::accept(answer)) << answer;
  }
}

TEST(ApiJson, ABuildIsTheSameObjectAsFarmctls) { EXPECT_EQ(json::parse(build_json(market())), json::parse(render_build_json(market()))); }

TEST(ApiJson, ABriefCountsServicesByResultAndJobsThatAreDone) {
  const json brief = json::parse(brief_json(brief_of(market())));
  EXPECT_EQ(brief["build"], 7);
  EXPECT_EQ(brief["jobs"], 4);
  EXPECT_EQ(brief["jobs_done"], 2);
  EXPECT_EQ(brief["services"],
            json({{"total", 2}, {"pending", 1}, {"hit", 0}, {"built", 0}, {"failed", 1}, {"skipped", 0}, {"cancelled", 0}}));
}

TEST(ApiJson, AGraphHasLayersAndOnlyEdgesBetweenNodesThatAreThere) {
  const json graph = json::parse(graph_json(market()));
  std::map<std::string, int> layers;
  for (const json& node : graph["nodes"]) layers[node["id"]] = node["layer"];
  const std::map<std::string, int> wanted = {{"job/deps", 0},      {"job/compile", 1}, {"job/image api", 2},
                                             {"job/image web", 0}, {"service/api", 3}, {"service/web", 1}};
  EXPECT_EQ(layers, wanted);
  const json edges = {{{"from", "job/deps"}, {"to", "job/compile"}},
                      {{"from", "job/compile"}, {"to", "job/image api"}},
                      {{"from", "job/image api"}, {"to", "service/api"}},
                      {{"from", "job/image web"}, {"to", "service/web"}}};
  EXPECT_EQ(graph["edges"], edges);
}

TEST(ApiJson, MissesAreCountedByCauseAndHitsApart) {
  const auto hits = hits_of(market());
  EXPECT_EQ(hits[0].hits, 1U);
  EXPECT_EQ(hits[0].misses, 0U);
  EXPECT_EQ(hits[3].misses, 2U);
  EXPECT_EQ(hits[3].causes, (std::map<std::string, std::uint64_t>{{"source", 1}, {"unknown", 1}}));
}

TEST(ApiJson, TheCacheNamesEveryKind) {
  CacheView view;
  view.kinds[1] = {2, 30, {4, 5, {{"source", 5}}}};
  view.newest.push_back({digest(1), JobKind::Crates, "crates", "market", 15, digest(2), 10, 20, Millis{30}});
  const json cache = json::parse(cache_json(view));
  ASSERT_EQ(cache["kinds"].size(), kJobKinds);
  EXPECT_EQ(cache["kinds"][1],
            json({{"kind", "crates"}, {"results", 2}, {"bytes", 30}, {"hits", 4}, {"misses", 5}, {"causes", {{"source", 5}}}}));
  EXPECT_EQ(cache["kinds"][0]["causes"], json::object());
  EXPECT_EQ(cache["newest"][0]["digest"], digest(2).oci());
}

TEST(ApiJson, TextThatIsNotUtf8IsMarkedWhereItIsNot) {
  const json part = json::parse(log_json({BuildId{1}, "a", 0, 3, false, "a\xff z"}));
  EXPECT_EQ(part["text"], "a\xef\xbf\xbd z");
}

TEST(ApiJson, KnowsACharacterThatIsNotFinished) {
  EXPECT_EQ(unfinished_tail(""), 0U);
  EXPECT_EQ(unfinished_tail("abc"), 0U);
  EXPECT_EQ(unfinished_tail("a\xc3\xa4"), 0U);             // ä
  EXPECT_EQ(unfinished_tail("a\xc3"), 1U);                 // its first byte
  EXPECT_EQ(unfinished_tail("a\xe2\x82"), 2U);             // two bytes of €
  EXPECT_EQ(unfinished_tail("a\xf0\x9f\x98"), 3U);         // three bytes of an emoji
  EXPECT_EQ(unfinished_tail("a\xf0\x9f\x98\x80"), 0U);     // all four
  EXPECT_EQ(unfinished_tail("\x80\x80\x80\x80\x80"), 0U);  // no character at all: nothing to wait for
}

}  // namespace
}  // namespace farm::api
