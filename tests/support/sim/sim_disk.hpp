// Purpose: what survives a crash of the coordinator: whole batches only. And the registry, which survives everything but loses what it is
// told to.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "coordinator/scheduler/commands.hpp"

namespace farm::sim {

// What a submission's client said, kept by the coordinator's admission.
struct Submission {
  std::string token;
  std::string project;
  std::set<std::size_t> wanted;  // keys, by index
  bool no_cache = false;
  scheduler::BuildOptions options;
};

struct Disk {
  scheduler::CountersRecord counters;
  std::map<BuildId, scheduler::BuildRecord> builds;
  std::map<JobId, scheduler::JobRecord> jobs;
  std::map<std::string, scheduler::AgentRecord> agents;
  std::map<Digest, Digest> results;  // key → image
  std::map<std::string, Submission> submissions;
  std::map<std::string, BuildId> tokens;

  void apply(const scheduler::Command& command) {
    if (const auto* build = std::get_if<scheduler::SaveBuild>(&command)) {
      builds[build->record.id] = build->record;
      tokens[build->record.token] = build->record.id;
    } else if (const auto* job = std::get_if<scheduler::SaveJob>(&command)) {
      jobs[job->record.id] = job->record;
    } else if (const auto* agent = std::get_if<scheduler::SaveAgent>(&command)) {
      agents[agent->record.name] = agent->record;
    } else if (const auto* counter = std::get_if<scheduler::SaveCounters>(&command)) {
      counters = counter->record;
    }
  }
  [[nodiscard]] scheduler::SavedState saved() const {
    scheduler::SavedState state;
    state.counters = counters;
    for (const auto& [id, record] : builds) state.builds.push_back(record);
    for (const auto& [id, record] : jobs) state.jobs.push_back(record);
    for (const auto& [name, record] : agents) state.agents.push_back(record);
    return state;
  }
};

struct Registry {
  std::set<Digest> images;
  bool away = false;  // gives and takes nothing
};

}  // namespace farm::sim
