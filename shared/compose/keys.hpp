// Purpose: internal to shared/compose: the keys of the Compose specification, and what is said about others.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/compose/node.hpp"
#include "shared/compose/report.hpp"

namespace farm::compose {

const std::vector<std::string_view>& top_level_keys();
const std::vector<std::string_view>& service_keys();
const std::vector<std::string_view>& build_keys();

// A key that is not known: an error where it is near a known one (a misspelling), else a warning (a newer compose may know it). x-… is
// always fine. `where` begins the message: `service "api"`.
void check_keys(const Node& map, const std::vector<std::string_view>& known, const std::string& where, Report& report);

}  // namespace farm::compose
