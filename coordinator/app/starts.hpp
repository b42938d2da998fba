// Purpose: makes the StartJob message of an assignment from what is stored: the job's spec, its upstream results, its slices' blobs.
#pragma once

#include <map>
#include <string>

#include "coordinator/app/core.hpp"
#include "coordinator/app/open_build.hpp"
#include "coordinator/scheduler/commands.hpp"

namespace farm::coordinator {

// Errors: NotFound, Corrupt: something the job needs is no longer recorded, or a secret was lost by a restart; the job can't be started.
Result<protocol::StartJob> make_start(const Core& core, BuildBook& book, const scheduler::SendStart& start);

// Where a result is, as agents reach it: "R/farm/deps@sha256:…".
std::string image_at(const std::string& registry, const std::string& repository, const Digest& image);

// The registry as agents, and as clients, reach it.
const std::string& agents_registry(const config::CoordinatorConfig& config);
const std::string& clients_registry(const config::CoordinatorConfig& config);

}  // namespace farm::coordinator
