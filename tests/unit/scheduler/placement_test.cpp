// Who goes first, where it goes, and what happens to what can't go anywhere.
#include "coordinator/scheduler/placement.hpp"

#include "coordinator/scheduler/ready_queue.hpp"
#include "tests/unit/scheduler/story.hpp"

namespace farm::scheduler {
namespace {

NewJob sized(const std::string& name, std::int64_t expected_ms, const std::vector<std::string>& needs = {}) {
  NewJob job = new_job(name, needs);
  job.expected_ms = Millis{expected_ms};
  return job;
}

TEST(SchedulerOrder, TheLongestRemainingPathGoesFirst) {
  Story s;
  s.submits({sized("short", 5'000), sized("deps", 1'000), sized("api", 30'000, {"deps"})});
  s.joins("a1", 1);
  s.succeeds(s.takes_start_of("deps"));
  s.succeeds(s.takes_start_of("short"));  // while deps is verified
  s.succeeds(s.takes_start_of("api")).takes_end();
}

TEST(SchedulerOrder, UrgentBuildsGoBeforeNormalOnes) {
  Story s;
  s.submits({new_job("slow")}, {.options = {0, false, {}, PriorityClass::Background}});
  s.submits({new_job("quick")}, {.token = "u", .options = {0, false, {}, PriorityClass::Urgent}});
  s.joins("a1", 1);
  s.succeeds(s.takes_start_of("quick")).takes_end();
  s.succeeds(s.takes_start_of("slow")).takes_end();
}

TEST(SchedulerOrder, WhatWaitsForLongIsNotStarvedByUrgentBuilds) {
  SchedulerOptions options;
  options.age_step = Millis{10'000};
  Story s(options);
  s.joins("a1", 1);
  s.submits({new_job("first")}, {.token = "first", .options = {0, false, {}, PriorityClass::Urgent}});
  SendStart running = s.takes_start();
  s.submits({new_job("patient")}, {.project = "other", .options = {0, false, {}, PriorityClass::Background}});
  int urgent = 0;
  for (; urgent < 100; ++urgent) {
    const std::string name = "urgent" + std::to_string(urgent);
    s.submits({new_job(name)}, {.token = name, .options = {0, false, {}, PriorityClass::Urgent}});
    s.waits(Millis{1'000}).succeeds(running).takes_end();
    running = s.takes_start();
    if (s.scheduler().find_job(running.job)->name == "patient") break;
  }
  EXPECT_GT(urgent, 5) << "urgent builds go first at first";
  EXPECT_LT(urgent, 30);
  s.succeeds(running).takes_end();
  s.succeeds(s.takes_start()).takes_end();
}

TEST(SchedulerOrder, ProjectsShareTheFarmWhateverTheSizeOfTheirBuilds) {
  Story s;
  std::vector<NewJob> many;
  for (int i = 0; i < 10; ++i) many.push_back(new_job("big" + std::to_string(i)));
  s.submits(many, {.token = "big", .project = "big"});
  s.submits({new_job("small0"), new_job("small1")}, {.token = "small", .project = "small"});
  s.joins("a1", 1);
  int before = 0;
  for (int small = 0; small < 2;) {
    const SendStart start = s.takes_start();
    const bool of_small = s.scheduler().find_job(start.job)->project == "small";
    small += of_small ? 1 : 0;
    before += of_small ? 0 : 1;
    s.succeeds(start);
  }
  EXPECT_LE(before, 2);
  s.takes_end();
  for (; before < 10; ++before) s.succeeds(s.takes_start());
  s.takes_end();
}

TEST(SchedulerOrder, AWeightedProjectGetsThatMuchMore) {
  ReadyQueue queue(Millis{300'000}, {{"heavy", 3}});
  for (std::uint64_t i = 1; i <= 40; ++i) {
    queue.push({JobId{i}, BuildId{1}, i % 2 == 0 ? "heavy" : "light", PriorityClass::Normal, Instant{1'000}, Millis{10}, {}});
  }
  int heavy = 0;
  for (int taken = 0; taken < 20; ++taken) {
    ReadyQueue::Pass pass(queue, Instant{1'000});
    const JobId job = *pass.next();
    const bool is_heavy = job.value % 2 == 0;
    heavy += is_heavy ? 1 : 0;
    queue.erase(job);
    queue.pay(is_heavy ? "heavy" : "light", Millis{1'000});
  }
  EXPECT_EQ(heavy, 15);
}

TEST(SchedulerOrder, APassShowsEachJobOnce) {
  ReadyQueue queue(Millis{300'000}, {});
  for (std::uint64_t i = 1; i <= 30; ++i) {
    queue.push({JobId{i}, BuildId{1}, "p" + std::to_string(i % 3), PriorityClass::Normal, Instant{1'000}, Millis{10}, {}});
  }
  ReadyQueue::Pass pass(queue, Instant{1'000});
  std::set<JobId> seen;
  while (const std::optional<JobId> job = pass.next()) {
    EXPECT_TRUE(seen.insert(*job).second);
    if (job->value % 2 == 0) queue.erase(*job);
  }
  EXPECT_EQ(seen.size(), 30U);
  EXPECT_EQ(queue.size(), 15U);
}

TEST(SchedulerPlacement, SpreadsWorkOverIdleAgents) {
  Story s;
  s.joins("a1", 4).joins("a2", 4);
  s.submits({new_job("a"), new_job("b")});
  const SendStart a = s.takes_start();
  const SendStart b = s.takes_start();
  EXPECT_NE(a.agent, b.agent);
  s.succeeds(a).succeeds(b).takes_end();
}

TEST(SchedulerPlacement, PutsAJobWhereItsLayerIs) {
  Story s;
  s.joins("a1", 2).joins("a2", 2);
  s.submits({new_job("deps"), new_job("api", {"deps"})});
  const SendStart deps = s.takes_start_of("deps");
  s.reports(deps, Succeeded{key_of("layer"), 500'000'000});
  const SendStart api = s.takes_start_of("api");
  EXPECT_EQ(api.agent, deps.agent);
  s.succeeds(api).takes_end();
}

TEST(SchedulerPlacement, ASlowRunOfAJobThatNobodyPredictedDoesNotMakeItsAgentSlow) {
  Story s;
  s.joins("a1", 1).joins("a2", 1);
  s.submits({sized("deps", 0), sized("api", 0, {"deps"})});
  const SendStart deps = s.takes_start_of("deps");
  s.succeeds(deps, Millis{200'000});
  const SendStart api = s.takes_start_of("api");
  EXPECT_EQ(api.agent, deps.agent) << "where its layer is";
  s.succeeds(api).takes_end();
}

TEST(SchedulerPlacement, AnAgentThatTakesLongerThanPredictedIsSlow) {
  Story s;
  s.joins("a1", 1).joins("a2", 1);
  s.submits({sized("deps", 10'000), sized("api", 10'000, {"deps"})});
  const SendStart deps = s.takes_start_of("deps");
  s.succeeds(deps, Millis{30'000});
  const SendStart api = s.takes_start_of("api");
  EXPECT_NE(api.agent, deps.agent);
  s.succeeds(api).takes_end();
}

TEST(SchedulerPlacement, DoesNotQueueBehindAFavourite) {
  Story s;
  s.joins("a1", 1).joins("a2", 1);
  s.submits({new_job("deps"), new_job("api", {"deps"}), new_job("web", {"deps"})});
  s.reports(s.takes_start(), Succeeded{key_of("layer"), 500'000'000});
  const SendStart one = s.takes_start();
  const SendStart other = s.takes_start();
  EXPECT_NE(one.agent, other.agent);
  s.succeeds(one).succeeds(other).takes_end();
}

TEST(SchedulerPlacement, AsksForPlatformAndLabels) {
  Story s;
  s.joins("a1", 4, "linux/arm64").joins("a2", 4).joins("a3", 4, "linux/amd64", {"gpu", "zone=eu"});
  NewJob job = new_job("api");
  job.requirement.platform = "linux/amd64";
  job.requirement.labels = {"zone=eu", "gpu"};
  s.submits({job});
  const SendStart start = s.takes_start();
  EXPECT_EQ(start.agent, "a3");
  const std::vector<AgentVerdict> verdicts = s.scheduler().explain_agents(start.job, s.now());
  EXPECT_EQ(verdicts[0].reason, "is linux/arm64, not linux/amd64");
  EXPECT_EQ(verdicts[1].reason, "lacks the label gpu");
  EXPECT_EQ(verdicts[2].reason, "");
  s.succeeds(start).takes_end();
}

TEST(SchedulerPlacement, SetsDiskAndMemoryAside) {
  Agent agent;
  agent.up = true;
  agent.last.slots = 4;
  agent.last.disk_total_bytes = 100;
  agent.last.disk_free_bytes = 60;
  agent.last.memory_total_bytes = 100;
  agent.last.memory_available_bytes = 90;
  JobTable jobs;
  jobs[JobId{1}].requirement = {"", {}, 40, 70};
  EXPECT_EQ(not_now(agent, {"", {}, 60, 90}, jobs, Instant{1}), "");
  agent.assigned.insert(JobId{1});
  EXPECT_EQ(not_now(agent, {"", {}, 21, 0}, jobs, Instant{1}), "has 0 MiB of disk free, not enough");
  EXPECT_EQ(not_now(agent, {"", {}, 0, 31}, jobs, Instant{1}), "has 0 MiB of memory free, not enough");
  EXPECT_EQ(not_now(agent, {"", {}, 20, 30}, jobs, Instant{1}), "");
  EXPECT_NE(never_fits(agent, {"", {}, 101, 0}), "");
}

TEST(SchedulerPlacement, AHitOnTheAgentsDiskCostsNothing) {
  Agent agent;
  agent.last.slots = 1;
  agent.bandwidth_bytes_per_ms = 1'000;
  Job job;
  job.expected_ms = Millis{5'000};
  job.inputs = {{key_of("deps"), 3'000'000}};
  EXPECT_EQ(estimated_finish(agent, job, {}), Millis{8'000});
  agent.local.insert(key_of("deps"));
  EXPECT_EQ(estimated_finish(agent, job, {}), Millis{5'000});
  agent.speed_permille = 2'000;
  EXPECT_EQ(estimated_finish(agent, job, {}), Millis{10'000});
}

TEST(SchedulerImpossible, AJobThatNoAgentCanTakeSaysSoAtOnceAndFailsAfterAGrace) {
  Story s;
  s.joins("a1", 4);
  NewJob job = new_job("api");
  job.requirement.platform = "linux/arm64";
  s.submits({job, new_job("web")});
  s.succeeds(s.takes_start_of("web"));
  EXPECT_EQ(s.scheduler().explain(s.job("api").id, s.now()), "no agent can take it: a1 is linux/amd64, not linux/arm64");
  s.waits(Millis{29'500});
  EXPECT_TRUE(s.ends.empty());
  s.waits(Millis{1'500});
  EXPECT_EQ(s.takes_end().reason, "api: no agent can take it: a1 is linux/amd64, not linux/arm64");
}

TEST(SchedulerImpossible, AnAgentThatComesInTimeSavesTheJob) {
  Story s;
  s.joins("a1", 4);
  NewJob job = new_job("api");
  job.requirement.platform = "linux/arm64";
  s.submits({job});
  s.waits(Millis{20'000}).joins("a2", 1, "linux/arm64");
  s.succeeds(s.takes_start()).takes_end();
}

TEST(SchedulerImpossible, WithoutAnyAgentTheGraceIsLonger) {
  Story s;
  s.submits({new_job("api")});
  EXPECT_EQ(s.scheduler().explain(s.job("api").id, s.now()), "no agent is connected");
  s.waits(Millis{59'500});
  EXPECT_TRUE(s.ends.empty());
  s.waits(Millis{1'500});
  EXPECT_EQ(s.takes_end().reason, "api: no agent is connected");
}

TEST(SchedulerImpossible, ARefusedAgentGetsNoWorkAndTheReasonIsTold) {
  Story s;
  protocol::AgentHeartbeat beat;
  beat.agent = "a1";
  beat.session = Session{1};
  beat.sequence = 1;
  beat.slots = 1;
  s.does(AgentHeard{beat, "BuildKit 0.12 is too old"});
  s.submits({new_job("api")});
  EXPECT_EQ(s.scheduler().explain(s.job("api").id, s.now()), "no agent can take it: a1 gets no work: BuildKit 0.12 is too old");
  beat.sequence = 2;
  s.does(AgentHeard{beat, ""});
  s.succeeds(s.takes_start()).takes_end();
}

TEST(SchedulerDrain, ADrainingAgentFinishesWhatItHasAndGetsNothingNew) {
  Story s;
  s.joins("a1", 2);
  s.submits({new_job("a")});
  const SendStart a = s.takes_start();
  s.does(DrainSet{"a1", true});
  s.submits({new_job("b")}, {.token = "u"});
  s.succeeds(a).takes_end();
  s.waits(Millis{120'000});  // not impossible: a drain ends
  EXPECT_EQ(s.scheduler().explain(s.job("b").id, s.now()), "waits for a free slot: 0 of 2 busy; a1 is draining");
  EXPECT_EQ(s.scheduler().agent_status(*s.scheduler().find_agent("a1")).state, "draining");
  s.restarts_coordinator().beats("a1");
  EXPECT_TRUE(s.starts.empty()) << "the wish survives a restart";
  s.does(DrainSet{"a1", false});
  s.succeeds(s.takes_start_of("b")).takes_end();
}

}  // namespace
}  // namespace farm::scheduler
