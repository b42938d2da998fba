// Purpose: where `farmctl up` keeps what it started: one folder per project below "$XDG_STATE_HOME/farm/up".
#pragma once

#include <string>
#include <vector>

#include "farmctl/render/up_state.hpp"
#include "shared/base/result.hpp"

namespace farm::ctl {

// The project's folder there; made where it is missing. Error: InvalidInput.
Result<std::string> make_up_folder(const std::string& project, const std::string& project_folder);
// The compose file there that pins the images.
inline std::string pinned_file(const std::string& up_folder) { return up_folder + "/pinned.yaml"; }

Result<void> write_up(const std::string& up_folder, const UpState& state);

struct StartedProject {
  std::string up_folder;
  UpState state;
};
// What was started from `folder` or the nearest folder above it from which something was; with a name only the project of that name (from
// wherever). What can't be read is left out. At most kStartedMax are looked at.
std::vector<StartedProject> started_from(const std::string& folder, const std::string& project_name);

void forget_up(const std::string& up_folder);

}  // namespace farm::ctl
