// Purpose: what `farmctl up` started, as values and as the files that `down` and `logs` find it by. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/compose/project.hpp"
#include "shared/model/status.hpp"

namespace farm::ctl {

constexpr std::size_t kUpStateBytesMax = 4U << 20U;

struct UpState {
  std::string project;
  std::string folder;                         // the project's, absolute
  std::vector<std::string> compose;           // compose's command line up to its verb: program, project, files
  std::map<std::string, std::string> images;  // per service what it runs: "repository@sha256:…"; "" where it isn't built
  friend bool operator==(const UpState&, const UpState&) = default;
};

std::string render_up_state(const UpState& state);
// `file` is for the error. Corrupt where it is none.
Result<UpState> parse_up_state(const std::string& file, const std::string& text);

// "registry/repository:tag" and a digest as one reference that means these bytes and no others.
std::string pinned_reference(const std::string& image, const Digest& digest);

// A compose file that is merged last: these services run these images and are not built by compose.
std::string pinned_override(const std::map<std::string, std::string>& images);

// The named services (none: all active ones) and all that compose starts before them; sorted.
std::vector<std::string> services_to_start(const ComposeProject& project, const std::vector<std::string>& names);

// What an earlier `up` pinned and this one leaves alone stays as it is; a service that the project no longer has is forgotten: pinned, it
// would be one again.
void keep_pinned(UpState& state, const UpState& earlier, const ComposeProject& project);

// The services of which the user's word is the name, or an unambiguous part: several only if they run one image. Empty where there is none.
// Error: InvalidInput, with the candidates.
Result<std::vector<std::string>> match_started(const UpState& state, const std::string& word);

// "2.40.3", "v2.40.3" or "2.40.3+ds1" is new enough for what pinned_override() writes (2.24.4). So is what is no version number.
bool is_new_enough_compose(const std::string& version);

}  // namespace farm::ctl
