// Purpose: the values that several answers hold, as JSON. For the .cpp files of this folder only. Pure.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "shared/model/status.hpp"

namespace farm::json {

using Json = nlohmann::ordered_json;

std::string oci_or_empty(const Digest& digest);
Json build(const BuildStatus& status);
Json agent(const AgentStatus& agent);
Json error(const Error& error, int exit_status);

}  // namespace farm::json
