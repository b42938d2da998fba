// Purpose: where farmctl finds its farm: --config FILE, else $FARM_CONFIG, else the environment's FARM_COORDINATOR, else the user's
// configuration ($XDG_CONFIG_HOME/farm/client.yaml), else the farm that `farmctl local up` started. Nothing found says how to get one.
#pragma once

#include <string>

#include "shared/base/result.hpp"
#include "shared/config/config.hpp"
#include "shared/net/keys.hpp"

namespace farm::ctl {

// "$XDG_STATE_HOME/farm/local", or below "$HOME/.local/state". Error: InvalidInput where neither variable is set.
Result<std::string> local_farm_directory();

Result<config::ClientConfig> find_farm(const std::string& config_option);

// Whether this is the farm that `farmctl local up` started here.
bool is_local_farm(const config::ClientConfig& farm);

// A key file that the user named. Errors as net::read_key_file, but a file that holds no keys is InvalidInput: it is not farm's own data.
Result<net::KeyPair> read_own_key(const std::string& file);

}  // namespace farm::ctl
