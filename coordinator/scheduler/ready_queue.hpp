// Purpose: the jobs that could start now, in the order in which they should: between projects by priority class and fair share (start-time
// fair queueing), within a project by class and age, then longest remaining path, then submission, then id. Integers only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coordinator/scheduler/records.hpp"

namespace farm::scheduler {

// What the order of a job depends on.
struct ReadyJob {
  JobId job;
  BuildId build;  // the oldest open build that wants it
  std::string project;
  PriorityClass priority = PriorityClass::Normal;
  Instant ready;
  Millis path_ms;
  Requirement requirement;
};

class ReadyQueue {
 public:
  struct Key {
    std::int64_t rank = 0;     // class and age: both in ms, the age in whole steps
    std::int64_t path_ms = 0;  // negative: longest first
    BuildId build;
    JobId job;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  // What is known about everything in the queue with one requirement.
  struct Demand {
    std::size_t jobs = 0;
    std::optional<Instant> impossible_since;  // no agent that is up can ever take it
    bool nobody = false;                      // ... because none is up at all
  };

  explicit ReadyQueue(Millis age_step, std::map<std::string, std::uint32_t> weights);

  void push(const ReadyJob& job);
  void erase(JobId job);
  [[nodiscard]] bool contains(JobId job) const { return entries_.contains(job); }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::map<Requirement, Demand>& demand() { return demand_; }
  [[nodiscard]] const std::map<Requirement, Demand>& demand() const { return demand_; }

  [[nodiscard]] std::vector<JobId> jobs_with(const Requirement& requirement) const;

  // The project pays for a start, so that the others come first for a while.
  void pay(const std::string& project, Millis cost);

  // One pass over the queue in order. Between two calls of next() the job just returned may be erased and its project may pay; nothing
  // else.
  class Pass {
   public:
    Pass(ReadyQueue& queue, Instant now);
    std::optional<JobId> next();

   private:
    ReadyQueue& queue_;
    Instant now_;
    std::map<std::string, std::optional<Key>> after_;  // per project: the last key that was returned
  };

 private:
  struct Project {
    std::set<Key> jobs;
    std::uint64_t pass = 0;  // virtual time: grows with what the project was given, divided by its weight
  };
  struct Entry {
    std::string project;
    Key key;
    PriorityClass priority = PriorityClass::Normal;
    Instant ready;
    Requirement requirement;
  };
  [[nodiscard]] std::int64_t class_now(const Entry& entry, Instant now) const;

  Millis age_step_;
  std::map<std::string, std::uint32_t> weights_;
  std::map<std::string, Project> projects_;
  std::map<JobId, Entry> entries_;
  std::map<Requirement, Demand> demand_;
  std::uint64_t virtual_time_ = 0;  // that of the project served last: a project that comes back starts here
};

}  // namespace farm::scheduler
