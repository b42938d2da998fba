// Purpose: findings as CI systems show them beside the lines of a change. Pure.
#pragma once

#include <string>
#include <vector>

#include "farmctl/render/compiler_messages.hpp"

namespace farm::ctl {

// GitHub's workflow commands, one a line: `::error file=src/main.rs,line=3,col=5,title=E0425 in image api::message`.
std::string render_github_annotations(const std::vector<Finding>& findings);

// GitLab's code quality report: a JSON list. Findings without a file have no place in it and are left out.
std::string render_gitlab_quality(const std::vector<Finding>& findings);

}  // namespace farm::ctl
