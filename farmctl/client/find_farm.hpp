// Purpose: where farmctl finds its farm: --config FILE, else $FARM_CONFIG, else the environment's FARM_COORDINATOR, else the user's
// configuration ($XDG_CONFIG_HOME/farm/client.yaml), else the farm that `farmctl local up` started. Nothing found says how to get one.
#pragma once

#include <string>

#include "shared/base/result.hpp"
#include "shared/config/config.hpp"

namespace farm::ctl {

// "$XDG_STATE_HOME/farm/local", or below "$HOME/.local/state". Error: InvalidInput where neither variable is set.
Result<std::string> local_farm_directory();

Result<config::ClientConfig> find_farm(const std::string& config_option);

}  // namespace farm::ctl
