// Purpose: why a job was given to an agent, in one short line for people (JobStatus::placement). Pure.
#pragma once

#include <cstdint>
#include <string>

#include "coordinator/scheduler/placement.hpp"

namespace farm::scheduler {

struct Choice {
  Agent* agent = nullptr;  // null: none can take it now
  Millis finish;           // estimated, there
  bool failed_before = false;
  std::string second;  // the agent that would have been next; empty: no other could take it now
  Millis second_finish;
  bool second_failed_before = false;
};

// `only_fit`: no other connected agent can ever take it. "the only one with label zone=eu"; "estimated to finish 12 s earlier than beta;
// has the layers below it". At most 400 bytes.
std::string placement_in_words(const Job& job, const Choice& choice, bool only_fit, std::size_t agents, const JobTable& jobs);

}  // namespace farm::scheduler
