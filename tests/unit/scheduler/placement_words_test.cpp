// Why a job runs where it runs, as its status tells it.
#include "coordinator/scheduler/placement_words.hpp"

#include "tests/unit/scheduler/story.hpp"

namespace farm::scheduler {
namespace {

std::string placement_of(Story& s, const std::string& name) { return s.job(name).placement; }

TEST(PlacementWords, TheOnlyAgent) {
  Story s;
  s.joins("a1", 1);
  s.submits({new_job("api")});
  EXPECT_EQ(placement_of(s, "api"), "the only agent");
  s.succeeds(s.takes_start()).takes_end();
}

TEST(PlacementWords, TheOnlyOneWithTheLabelOrThePlatform) {
  Story s;
  s.joins("a1", 2).joins("a2", 2, "linux/amd64", {"zone=eu"}).joins("a3", 2, "linux/arm64");
  NewJob labelled = new_job("labelled");
  labelled.requirement.labels = {"zone=eu"};
  NewJob arm = new_job("arm");
  arm.requirement.platform = "linux/arm64";
  s.submits({labelled, arm});
  EXPECT_EQ(placement_of(s, "labelled"), "the only one with label zone=eu");
  EXPECT_EQ(placement_of(s, "arm"), "the only one of platform linux/arm64");
  const SendStart first = s.takes_start();
  const SendStart second = s.takes_start();
  s.succeeds(first).succeeds(second).takes_end();
}

TEST(PlacementWords, OneOfEqualsThenTheOnlyOneWithAFreeSlot) {
  Story s;
  s.joins("a1", 1).joins("a2", 2);
  s.submits({new_job("one"), new_job("two"), new_job("three")});
  EXPECT_EQ(placement_of(s, "one"), "free slot, as good as a2");
  EXPECT_EQ(placement_of(s, "two"), "the only one with a free slot");
  for (int i = 0; i < 3; ++i) s.succeeds(s.takes_start());
  s.takes_end();
}

TEST(PlacementWords, TheLayerBelowIsThereAndWhatThatSaves) {
  Story s;
  s.joins("a1", 4).joins("a2", 4);
  s.submits({new_job("deps"), new_job("api", {"deps"})});
  s.succeeds(s.takes_start_of("deps"));
  const SendStart api = s.takes_start_of("api");
  EXPECT_EQ(placement_of(s, "api"), "estimated to finish 10 ms earlier than on a2; has the layers below it");
  s.succeeds(api).takes_end();
}

TEST(PlacementWords, AnAgentWhereItFailedIsAvoidedAndARestartKeepsTheWords) {
  SchedulerOptions options;
  options.retry_backoff = Millis{0};
  options.agent_rest = Millis{0};
  Story s(options);
  s.joins("a1", 1).joins("a2", 1);
  s.submits({new_job("api")});
  s.reports(s.takes_start(), InfraFailed{ErrorKind::Unavailable, "disk full"}).takes_retry();
  s.waits(Millis{1'000});
  const SendStart again = s.takes_start();
  EXPECT_EQ(placement_of(s, "api"), "it failed on a1 before");
  s.restarts_coordinator();
  EXPECT_EQ(placement_of(s, "api"), "it failed on a1 before");
  s.beats("a1").beats("a2");
  s.succeeds(again).takes_end();
}

TEST(PlacementWords, AreShortHoweverMuchAJobAsksFor) {
  Job job;
  for (int i = 0; i < 100; ++i) job.requirement.labels.push_back("a-label-with-a-long-name-" + std::to_string(i));
  Agent agent;
  agent.name = std::string(300, 'n');
  Choice choice;
  choice.agent = &agent;
  EXPECT_EQ(placement_in_words(job, choice, true, 3, {}),
            "the only one with labels a-label-with-a-long-name-0, a-label-with-a-long-name-1, a-label-with-a-long-name-2 and 97 more");
  choice.second = std::string(1'000, 'n');
  EXPECT_LE(placement_in_words(job, choice, false, 3, {}).size(), 400U);
  EXPECT_EQ(placement_in_words(job, {}, false, 3, {}), "");
}

}  // namespace
}  // namespace farm::scheduler
