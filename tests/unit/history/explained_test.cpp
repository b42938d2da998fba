#include "shared/history/explained.hpp"

#include <gtest/gtest.h>

#include <map>

namespace farm::history {
namespace {

std::optional<FileDigests> no_files(const Digest&) { return std::nullopt; }

// Jobs whose inputs from the named other jobs have changed; each has one step.
class Jobs {
 public:
  std::map<std::string, std::vector<std::string>> upstream;
  std::vector<std::string> asked;

  Result<ExplainedJob> down(const std::string& name) {
    return explain_down(
        name,
        [this](const std::string& job) -> Result<Explanation> {
          asked.push_back(job);
          const auto known = upstream.find(job);
          if (known == upstream.end()) return Error{ErrorKind::NotFound, "no job " + job};
          Explanation told;
          told.job.name = job;
          told.steps = {{"step of " + job, Millis{1}}};
          told.steps_left_off = 2;
          for (const std::string& below : known->second) told.changes.push_back({below, {"a"}, {"b"}});
          return told;
        },
        no_files);
  }
};

TEST(ExplainDown, FollowsTheJobsBelowEachOnce) {
  Jobs jobs;
  jobs.upstream = {{"image api", {"deps", "image base"}}, {"deps", {"image base"}}, {"image base", {}}};
  const Result<ExplainedJob> api = jobs.down("image api");
  ASSERT_TRUE(api);
  ASSERT_EQ(api->below.size(), 1U);
  EXPECT_EQ(api->below[0].told.job.name, "deps");
  ASSERT_EQ(api->below[0].below.size(), 1U);
  EXPECT_EQ(api->below[0].below[0].told.job.name, "image base");
  EXPECT_EQ(jobs.asked, (std::vector<std::string>{"image api", "deps", "image base"}));
}

TEST(ExplainDown, OnlyTheFirstJobTellsItsSteps) {
  Jobs jobs;
  jobs.upstream = {{"image api", {"deps"}}, {"deps", {}}};
  const Result<ExplainedJob> api = jobs.down("image api");
  ASSERT_TRUE(api);
  EXPECT_EQ(api->told.steps.size(), 1U);
  EXPECT_TRUE(api->below.at(0).told.steps.empty());
  EXPECT_EQ(api->below.at(0).told.steps_left_off, 0U);
}

TEST(ExplainDown, AJobThatIsNotKnownIsAnErrorAndBelowItIsLeftOut) {
  Jobs jobs;
  jobs.upstream = {{"image api", {"deps"}}};
  EXPECT_EQ(jobs.down("ghost").error().kind, ErrorKind::NotFound);
  const Result<ExplainedJob> api = jobs.down("image api");
  ASSERT_TRUE(api);
  EXPECT_TRUE(api->below.empty());
  EXPECT_EQ(api->reasons.size(), 1U);
}

TEST(ExplainDown, IsBounded) {
  Jobs jobs;
  for (int i = 0; i < 90; ++i) {
    jobs.upstream["image wide"].push_back("image " + std::to_string(i));
    jobs.upstream["image " + std::to_string(i)] = {};
  }
  const Result<ExplainedJob> wide = jobs.down("image wide");
  ASSERT_TRUE(wide);
  EXPECT_EQ(wide->below.size(), kJobsExplainedMax - 1);
}

}  // namespace
}  // namespace farm::history
