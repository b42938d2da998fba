// Purpose: what `farmctl init` writes for a compose project: a Dockerfile.rust-optimized per workspace or lone crate, a .dockerignore per
// build context, and a docker-compose.override.yml with nothing but the builds of the Rust services. Pure: what is on disk comes from the
// tree, and whoever calls decides what is written.
// The Dockerfile keeps of a service's own Dockerfile what a new one has to: image and packages of the build, cargo's flags, and the stage
// that ships. What can't be kept is a warning with file:line. Running it again on its own result changes nothing.
#pragma once

#include <string>
#include <vector>

#include "shared/base/file_tree.hpp"
#include "shared/compose/project.hpp"

namespace farm::scaffold {

struct ScaffoldRequest {
  const ComposeProject& base;   // what the compose files say without the override
  const ComposeProject& whole;  // and with it; the same project where there is none
  std::string override_file;    // path in the tree
};

struct ScaffoldService {
  std::string service;
  std::string context;  // paths in the tree; "" is its root
  std::string root;     // of the workspace or crate
  std::string dockerfile;
  std::string target;
  std::string bin;
};

struct ScaffoldFile {
  std::string path;  // in the tree
  std::string text;
};

struct Scaffold {
  std::vector<ScaffoldService> services;  // by name
  std::vector<std::string> others;        // services with a build that are left as they are, by name
  std::vector<ScaffoldFile> files;        // by path
};

// No Rust service is an Error diagnostic.
Parsed<Scaffold> make_scaffold(const FileTree& tree, const ScaffoldRequest& request);

}  // namespace farm::scaffold
