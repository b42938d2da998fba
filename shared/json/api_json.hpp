// Purpose: the API's answers as JSON (docs/openapi.yaml), each on one line, so that it fits into a server-sent event. Text that is not
// UTF-8 gets U+FFFD where it is not. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/json/api_model.hpp"

namespace farm::api {

std::string farm_json(const FarmFacts& facts, Instant now);
std::string projects_json(const std::vector<ProjectView>& projects);
std::string brief_json(const BuildBrief& build);
std::string builds_json(const BuildPage& page);
std::string build_json(const BuildStatus& status);
// Jobs and services as nodes with layers: a node stands above all that it needs. Edges go downstream.
std::string graph_json(const BuildStatus& status);
std::string log_json(const LogPart& part);
std::string agents_json(const std::vector<AgentView>& agents);
std::string cache_json(const CacheView& cache);
// Who a token belongs to.
std::string caller_json(const std::string& name, std::string_view role, const std::vector<std::string>& projects);
// Of an action.
std::string done_json();
std::string error_json(const Error& error, int exit_status);

}  // namespace farm::api
