#include "coordinator/http/routes.hpp"

#include <gtest/gtest.h>

namespace farm::coordinator {
namespace {

template <typename Asked>
Asked read(const std::string& path, std::map<std::string, std::string> query = {}) {
  const Result<Question> question = read_question({path, std::move(query), ""});
  EXPECT_TRUE(question) << path << ": " << (question ? "" : question.error().message);
  if (!question || !std::holds_alternative<Asked>(*question)) {
    ADD_FAILURE() << path << " is another question";
    return {};
  }
  return std::get<Asked>(*question);
}

Error refused(const std::string& path, std::map<std::string, std::string> query = {}) {
  const Result<Question> question = read_question({path, std::move(query), ""});
  EXPECT_FALSE(question) << path;
  return question ? Error{} : question.error();
}

TEST(Routes, ReadsEveryPath) {
  read<ask::Farm>("/api/v1/farm");
  read<ask::Projects>("/api/v1/projects");
  read<ask::Agents>("/api/v1/agents");
  read<ask::Caller>("/api/v1/caller");
  read<ask::Description>("/api/v1/openapi.yaml");
  read<ask::FarmEvents>("/api/v1/events");
  EXPECT_EQ(read<ask::Build>("/api/v1/builds/12").build, BuildId{12});
  EXPECT_EQ(read<ask::Build>("/api/v1/builds/latest").build, BuildId{});
  EXPECT_EQ(read<ask::Graph>("/api/v1/builds/12/graph").build, BuildId{12});
  EXPECT_EQ(read<ask::BuildEvents>("/api/v1/builds/12/events").build, BuildId{12});
}

TEST(Routes, AListHasAFilterAndLimits) {
  const ask::Builds all = read<ask::Builds>("/api/v1/builds");
  EXPECT_EQ(all.filter.limit, kListLimit);
  EXPECT_FALSE(all.filter.states);
  const ask::Builds some =
      read<ask::Builds>("/api/v1/builds", {{"project", "market"}, {"state", "running,failed"}, {"limit", "7"}, {"before", "30"}});
  EXPECT_EQ(some.filter.project, "market");
  EXPECT_EQ(some.filter.states, (std::set<BuildState>{BuildState::Running, BuildState::Failed}));
  EXPECT_EQ(some.filter.limit, 7U);
  EXPECT_EQ(some.filter.before, 30U);
  EXPECT_EQ(read<ask::Cache>("/api/v1/cache", {{"limit", "0"}}).limit, 0U);
}

TEST(Routes, AJobsNameMayHoldAnything) {
  const ask::Log log = read<ask::Log>("/api/v1/builds/3/jobs/image a/b/log", {{"offset", "9"}, {"limit", "1"}, {"format", "text"}});
  EXPECT_EQ(log.job, "image a/b");
  EXPECT_EQ(log.offset, 9U);
  EXPECT_EQ(log.limit, 1U);
  EXPECT_TRUE(log.as_text);
  EXPECT_EQ(read<ask::LogEvents>("/api/v1/builds/3/jobs/log/log/events").job, "log");
  EXPECT_EQ(read<ask::Explanation>("/api/v1/builds/3/jobs/image a/b/explanation").job, "image a/b");
  EXPECT_FALSE(read<ask::Explanation>("/api/v1/builds/latest/jobs/api/explanation").build);
}

TEST(Routes, SaysWhatIsWrongWithAWord) {
  const auto says = [](const Error& error, const std::string& text) {
    EXPECT_EQ(error.kind, ErrorKind::InvalidInput);
    EXPECT_NE(error.message.find(text), std::string::npos) << error.message;
  };
  says(refused("/api/v1/builds", {{"limit", "0"}}), "limit must be a number from 1 to 500");
  says(refused("/api/v1/builds", {{"limit", "7x"}}), "limit must be a number from 1 to 500");
  says(refused("/api/v1/builds", {{"limit", "99999999999999999999"}}), "limit must be a number");
  says(refused("/api/v1/builds", {{"state", "running,odd"}}), "there is no state 'odd'");
  says(refused("/api/v1/builds", {{"stat", "running"}}), "there is no parameter 'stat'");
  says(refused("/api/v1/builds", {{"project", std::string(501, 'x')}}), "project is longer than 500 bytes");
  says(refused("/api/v1/builds/0"), "a build is a number or `latest`");
  says(refused("/api/v1/builds/-1/graph"), "a build is a number or `latest`");
  says(refused("/api/v1/builds/3/jobs/a/log", {{"format", "xml"}}), "format must be json or text");
  says(refused("/api/v1/builds/3/jobs/a/log", {{"offset", "-1"}}), "offset must be a number");
  says(refused("/api/v1/builds/3/jobs/a/explanation", {{"offset", "1"}}), "there is no parameter 'offset' here");
  says(refused("/api/v1/builds/3/jobs/" + std::string(501, 'x') + "/log"), "the job's name is longer");
}

TEST(Routes, WhatThereIsNotIsNotFound) {
  for (const char* path : {"/api/v1/", "/api/v1/none", "/api/v2/farm", "/api/v1/builds/", "/api/v1/builds/3/none",
                           "/api/v1/builds/3/jobs/a", "/api/v1/builds/3/jobs//log", "/api/v1/farm/", "/api/v1/builds/3/jobs/log",
                           "/api/v1/builds/3/jobs//explanation", "/api/v1/builds/3/jobs/explanation"}) {
    const Error error = refused(path);
    EXPECT_TRUE(error.kind == ErrorKind::NotFound || std::string(path) == "/api/v1/builds/") << path << ": " << error.message;
  }
}

}  // namespace
}  // namespace farm::coordinator
