// Purpose: the scripts by which shells complete farmctl's words. Each asks `farmctl __complete` at every press of the key. Pure.
#pragma once

#include <string>

namespace farm::ctl {

// `shell`: "bash", "zsh" or "fish".
std::string completion_script(const std::string& shell);

}  // namespace farm::ctl
