// Purpose: the verbs that tell shells and man about farmctl.
#pragma once

#include <string>
#include <vector>

#include "farmctl/exit_code.hpp"
#include "farmctl/render/command_doc.hpp"

namespace farm::ctl {

ExitCode run_completion(const std::string& shell);
ExitCode run_man(const CommandDoc& root, const std::string& verb, const std::string& directory);

// `farmctl __complete WORDS…`: what can stand in the place of the last word. Never fails and never waits for long: a farm that does not
// answer within a second has no builds to offer.
ExitCode run_complete(const CommandDoc& root, const std::vector<std::string>& words);

}  // namespace farm::ctl
