// Purpose: a docker-compose.override.yml that says nothing but how the Rust services are built. Pure.
#pragma once

#include <string>
#include <vector>

#include "shared/base/result.hpp"

namespace farm::scaffold {

struct BuildEntry {
  std::string service;
  std::string context;     // as compose reads it from the project's folder; "" where the service's own is right
  std::string dockerfile;  // relative to the context
  std::string target;
  std::string argument;
  std::string bin;
};

// The first line of a file that init wrote, and may write anew.
bool is_written_by_init(const std::string& text);

std::string override_text(const std::vector<BuildEntry>& entries);

// The user's own override with the entries put in: under the service where it is there, at the end of `services` where it isn't. What can't
// be put in (the service has a `build` there already; a layout that isn't block style) is a warning that says what to write.
Parsed<std::string> merged_override(const std::string& file, const std::string& text, const std::vector<BuildEntry>& entries);

}  // namespace farm::scaffold
