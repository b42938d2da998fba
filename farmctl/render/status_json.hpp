// Purpose: builds and agents as JSON, by the schema of docs/json.md. Pure.
#pragma once

#include <string>

#include "shared/model/status.hpp"

namespace farm::ctl {

std::string render_build_json(const BuildStatus& status);
std::string render_builds_json(const std::vector<BuildSummary>& builds);
std::string render_agents_json(const std::vector<AgentStatus>& agents);

}  // namespace farm::ctl
