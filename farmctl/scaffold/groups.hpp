// Purpose: the services that are compiled from one workspace, and the Dockerfile they share. Pure. Internal to farmctl/scaffold.
#pragma once

#include <string>
#include <vector>

#include "farmctl/scaffold/rust_services.hpp"

namespace farm::scaffold {

struct GroupService {
  const RustService* rust = nullptr;
  std::string target;  // its stage in the group's Dockerfile
};

struct Group {
  std::string context;
  std::string root;
  std::string dockerfile;  // path in the tree
  std::string text;
  std::string argument;  // the build argument that names the binary
  std::vector<GroupService> services;
  std::string last_target;
};

// One group per root. A service that is compiled with other flags than the first of its group is left out, with a warning.
std::vector<Group> make_groups(const Found& found, Workspaces& workspaces, std::vector<Diagnostic>& diagnostics);

// `path` as seen from `folder`, which holds it; "" for the folder itself.
std::string seen_from(const std::string& folder, const std::string& path);

}  // namespace farm::scaffold
