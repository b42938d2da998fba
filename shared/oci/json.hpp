// Purpose: reading JSON from outside without exceptions and with a limit. For the .cpp files of this folder only.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "shared/base/result.hpp"

namespace farm::oci {

// Errors: Overloaded (longer than bytes_max), Corrupt (no JSON, or nested deeper than 64, or not an object).
Result<nlohmann::json> parse_json(std::string_view text, std::size_t bytes_max, const std::string& doing);

// The member, or null where `value` is no object or has none.
const nlohmann::json* member(const nlohmann::json& value, const char* name);
// The member's text; empty where it is missing, no text, or longer than bytes_max.
std::string text_member(const nlohmann::json& value, const char* name, std::size_t bytes_max);

}  // namespace farm::oci
