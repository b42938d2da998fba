// Purpose: a plan as a tree for people, as JSON for programs (docs/json.md), as a graph for Graphviz. Pure: value → text.
#pragma once

#include <string>

#include "shared/model/job.hpp"

namespace farm::ctl {

std::string render_plan_tree(const Plan& plan);
std::string render_plan_json(const Plan& plan);
std::string render_plan_dot(const Plan& plan);

}  // namespace farm::ctl
