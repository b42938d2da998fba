// Purpose: builds and agents as JSON, by the schema of docs/json.md. Pure.
#pragma once

#include <string>

#include "shared/model/status.hpp"

namespace farm {

std::string render_build_json(const BuildStatus& status);
std::string render_builds_json(const std::vector<BuildSummary>& builds);
// What went wrong where there is nothing else to print; `exit_status` is farmctl's.
std::string render_error_json(const Error& error, int exit_status);
std::string render_agents_json(const std::vector<AgentStatus>& agents);

}  // namespace farm
