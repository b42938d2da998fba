// Purpose: a scheduler's test as a short story. Agents take what they are sent and heartbeat by themselves with what they hold;
// verifications are answered by themselves; everything else that the scheduler asks for must be taken by the test, or the story fails when
// it ends. Invariants hold after each step.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "coordinator/scheduler/scheduler.hpp"

namespace farm::scheduler {

inline Digest key_of(const std::string& name) {
  Digest key;
  for (std::size_t i = 0; i < name.size() && i < 31; ++i) key.bytes[i] = static_cast<std::uint8_t>(name[i]);
  key.bytes[31] = 1;
  return key;
}

inline NewJob new_job(const std::string& name, const std::vector<std::string>& needs = {}) {
  NewJob job;
  job.key = key_of(name);
  job.name = name;
  for (const std::string& need : needs) job.needs.push_back(key_of(need));
  job.expected_ms = Millis{10'000};
  return job;
}

struct Submitted {
  std::string token = "t";
  std::string project = "market";
  BuildOptions options{0, false, {}, PriorityClass::Normal};
};

class Story {
 public:
  explicit Story(SchedulerOptions options = {}) : options_(options), scheduler_(std::move(options)) {}
  ~Story() {
    for (const SendStart& start : starts) ADD_FAILURE() << "job " << start.job.value << " was started on " << start.agent;
    for (const SendCancel& cancel : cancels) ADD_FAILURE() << "job " << cancel.job.value << " was cancelled: " << cancel.reason;
    for (const RetryNoticed& retry : retries) ADD_FAILURE() << "job " << retry.job.value << " was retried: " << retry.cause;
    for (const BuildEnded& end : ends)
      ADD_FAILURE() << "build " << end.build.value << " ended: " << to_string(end.state) << " " << end.reason;
    for (const BuildRefused& refusal : refusals) ADD_FAILURE() << refusal.token << " was refused: " << refusal.error.message;
    for (const AgentLost& lost : losses) ADD_FAILURE() << lost.agent << " was lost: " << lost.cause;
  }

  // ---- verbs
  Story& joins(const std::string& name, std::uint32_t slots, const std::string& platform = "linux/amd64",
               const std::vector<std::string>& labels = {});
  Story& beats(const std::string& name);
  Story& falls_silent(const std::string& name);
  Story& restarts_agent(const std::string& name);  // a new session, holding nothing
  Story& turns_deaf(const std::string& name);      // what is sent to it from now on is lost
  Story& forgets(const std::string& name, const SendStart& start);
  Story& holds(const SendStart& start);  // the agent has the assignment (again)
  Story& waits(Millis time);             // with ticks and heartbeats
  BuildId submits(const std::vector<NewJob>& jobs, const Submitted& how = {});
  BuildId opens(const Submitted& how = {});
  Story& reports(const SendStart& start, JobOutcome outcome, Millis run = {});
  Story& succeeds(const SendStart& start, Millis run = {}) { return reports(start, Succeeded{key_of("image"), 1'000'000}, run); }
  Story& does(const Event& event);
  Story& restarts_coordinator();  // from the records only

  // ---- what came; each asserts that it is there
  SendStart takes_start();
  SendStart takes_start_of(const std::string& name);
  SendCancel takes_cancel();
  RetryNoticed takes_retry();
  BuildEnded takes_end();
  BuildRefused takes_refusal();
  AgentLost takes_loss();
  void expects_ack(const SendStart& start);

  [[nodiscard]] const Job& job(const std::string& name) const;
  [[nodiscard]] Scheduler& scheduler() { return scheduler_; }
  [[nodiscard]] Instant now() const { return now_; }

  std::deque<SendStart> starts;
  std::deque<SendCancel> cancels;
  std::deque<RetryNoticed> retries;
  std::deque<BuildEnded> ends;
  std::deque<BuildRefused> refusals;
  std::deque<AgentLost> losses;
  std::vector<SendAck> acks;
  std::vector<Forgotten> forgotten;
  std::vector<std::string> kinds;  // of the commands of the last step, "record" or "send"
  bool verifies_itself = true;
  std::deque<VerifyResult> verifications;  // where not

 private:
  struct Fake {
    protocol::AgentHeartbeat beat;
    bool silent = false;
    bool deaf = false;
  };
  template <typename T>
  T take(std::deque<T>& from, const char* what);
  void keep(const Command& command);

  SchedulerOptions options_;
  Scheduler scheduler_;
  Instant now_{1'000'000};
  std::map<std::string, Fake> agents_;
  CountersRecord counters_;
  std::map<BuildId, BuildRecord> builds_;
  std::map<JobId, JobRecord> jobs_;
  std::map<std::string, AgentRecord> agent_records_;
};

}  // namespace farm::scheduler
