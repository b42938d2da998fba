#include "tests/unit/scheduler/story.hpp"

#include <algorithm>

namespace farm::scheduler {

Story& Story::does(const Event& event) {
  const std::vector<Command> commands = scheduler_.step(now_, event);
  kinds.clear();
  for (const Command& command : commands) {
    kinds.emplace_back(is_record(command) ? "record" : "send");
    keep(command);
  }
  const auto problem = scheduler_.check_invariants();
  EXPECT_FALSE(problem.has_value()) << *problem;
  if (!verifies_itself) return *this;
  while (!verifications.empty()) {
    const VerifyResult request = verifications.front();
    verifications.pop_front();
    does(JobVerified{request.job, request.fence, {}});
  }
  return *this;
}

void Story::keep(const Command& command) {
  if (const auto* start = std::get_if<SendStart>(&command)) {
    starts.push_back(*start);
    if (const auto agent = agents_.find(start->agent); agent != agents_.end() && !agent->second.deaf) {
      forgets(start->agent, *start);
      holds(*start);
    }
  }
  if (const auto* cancel = std::get_if<SendCancel>(&command)) cancels.push_back(*cancel);
  if (const auto* retry = std::get_if<RetryNoticed>(&command)) retries.push_back(*retry);
  if (const auto* end = std::get_if<BuildEnded>(&command)) ends.push_back(*end);
  if (const auto* refusal = std::get_if<BuildRefused>(&command)) refusals.push_back(*refusal);
  if (const auto* lost = std::get_if<AgentLost>(&command)) losses.push_back(*lost);
  if (const auto* ack = std::get_if<SendAck>(&command)) acks.push_back(*ack);
  if (const auto* request = std::get_if<VerifyResult>(&command)) verifications.push_back(*request);
  if (const auto* gone = std::get_if<Forgotten>(&command)) forgotten.push_back(*gone);
  if (const auto* build = std::get_if<SaveBuild>(&command)) builds_[build->record.id] = build->record;
  if (const auto* saved = std::get_if<SaveJob>(&command)) jobs_[saved->record.id] = saved->record;
  if (const auto* agent = std::get_if<SaveAgent>(&command)) agent_records_[agent->record.name] = agent->record;
  if (const auto* counters = std::get_if<SaveCounters>(&command)) counters_ = counters->record;
}

Story& Story::joins(const std::string& name, std::uint32_t slots, const std::string& platform, const std::vector<std::string>& labels) {
  Fake& fake = agents_[name];
  fake.silent = false;
  fake.beat.agent = name;
  fake.beat.session.value += 1;
  fake.beat.slots = slots;
  fake.beat.platform = platform;
  fake.beat.labels = labels;
  return beats(name);
}

Story& Story::beats(const std::string& name) {
  Fake& fake = agents_.at(name);
  fake.beat.sequence += 1;
  return does(AgentHeard{fake.beat, {}});
}

Story& Story::falls_silent(const std::string& name) {
  agents_.at(name).silent = true;
  return *this;
}

Story& Story::turns_deaf(const std::string& name) {
  agents_.at(name).deaf = true;
  return *this;
}

Story& Story::restarts_agent(const std::string& name) {
  Fake& fake = agents_.at(name);
  fake.silent = false;
  fake.beat.session.value += 1;
  fake.beat.sequence = 0;
  fake.beat.held.clear();
  return beats(name);
}

Story& Story::forgets(const std::string& name, const SendStart& start) {
  std::erase_if(agents_.at(name).beat.held, [&](const protocol::HeldJob& held) { return held.fence == start.fence; });
  return *this;
}

Story& Story::holds(const SendStart& start) {
  std::vector<protocol::HeldJob>& held = agents_.at(start.agent).beat.held;
  held.push_back({start.job, start.fence, false, "building", 100});
  return *this;
}

Story& Story::waits(Millis time) {
  const Instant end = now_ + time;
  while (now_ < end) {
    now_ = std::min(end, now_ + Millis{500});
    does(Tick{});
    if (now_.ms % 1'000 != 0) continue;
    for (auto& [name, fake] : agents_) {
      if (!fake.silent) beats(name);
    }
  }
  return *this;
}

BuildId Story::opens(const Submitted& how) {
  does(BuildOpened{how.token, "client", how.project, how.options});
  const Build* build = scheduler_.find_token(how.token);
  return build == nullptr ? BuildId{} : build->id;
}

BuildId Story::submits(const std::vector<NewJob>& jobs, const Submitted& how) {
  const BuildId build = opens(how);
  does(BuildPlanned{build, jobs, now_});
  return build;
}

Story& Story::reports(const SendStart& start, JobOutcome outcome, Millis run) {
  if (agents_.contains(start.agent)) forgets(start.agent, start);
  protocol::JobReport report;
  report.job = start.job;
  report.fence = start.fence;
  report.outcome = std::move(outcome);
  report.timings.run_ms = run;
  return does(JobReported{start.agent, report});
}

Story& Story::restarts_coordinator() {
  SavedState saved;
  saved.counters = counters_;
  for (const auto& [id, record] : builds_) saved.builds.push_back(record);
  for (const auto& [id, record] : jobs_) saved.jobs.push_back(record);
  for (const auto& [name, record] : agent_records_) saved.agents.push_back(record);
  scheduler_ = Scheduler(options_);
  const Result<void> restored = scheduler_.restore(now_, saved);
  EXPECT_TRUE(restored.has_value()) << restored.error().message;
  const auto problem = scheduler_.check_invariants();
  EXPECT_FALSE(problem.has_value()) << *problem;
  return *this;
}

template <typename T>
T Story::take(std::deque<T>& from, const char* what) {
  EXPECT_FALSE(from.empty()) << "no " << what << " came";
  if (from.empty()) return {};
  T taken = from.front();
  from.pop_front();
  return taken;
}

SendStart Story::takes_start() { return take(starts, "start"); }

SendStart Story::takes_start_of(const std::string& name) {
  const SendStart start = takes_start();
  const Job* started = scheduler_.find_job(start.job);
  EXPECT_TRUE(started != nullptr && started->name == name) << "started: " << (started == nullptr ? "?" : started->name);
  return start;
}

SendCancel Story::takes_cancel() { return take(cancels, "cancel"); }
RetryNoticed Story::takes_retry() { return take(retries, "retry"); }
BuildEnded Story::takes_end() { return take(ends, "end of a build"); }
BuildRefused Story::takes_refusal() { return take(refusals, "refusal"); }
AgentLost Story::takes_loss() { return take(losses, "loss of an agent"); }

void Story::expects_ack(const SendStart& start) {
  const bool found = std::any_of(acks.begin(), acks.end(), [&](const SendAck& ack) {
    return ack.agent == start.agent && ack.job == start.job && ack.fence == start.fence;
  });
  EXPECT_TRUE(found) << "the report of job " << start.job.value << " was not acknowledged";
}

const Job& Story::job(const std::string& name) const {
  for (const auto& [id, job] : scheduler_.jobs()) {
    if (job.name == name) return job;
  }
  ADD_FAILURE() << "there is no job " << name;
  static const Job none;
  return none;
}

}  // namespace farm::scheduler
