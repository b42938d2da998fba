// Purpose: internal to shared/compose: which services a project has under its profiles, and whether they fit together.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "shared/compose/extract.hpp"

namespace farm::compose {

// Fills `project.services` (what profiles or `wanted` ask for, and all that those need) and `project.inactive`; checks references and
// circles.
void select_services(const Node& services, const ExtractContext& context, const std::set<std::string>& profiles,
                     const std::vector<std::string>& wanted, ComposeProject& project, Report& report);

}  // namespace farm::compose
