// Purpose: a project's compose files read from disk, without contexts, Dockerfiles and manifests: all that verbs need which build nothing.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "farmctl/client/project_files.hpp"
#include "shared/base/result.hpp"
#include "shared/compose/project.hpp"
#include "shared/snapshot/disk_tree.hpp"

namespace farm::ctl {

struct ReadCompose {
  std::unique_ptr<DiskTree> tree;  // at files.root
  ProjectFiles files;
  ComposeProject compose;
  std::vector<Diagnostic> diagnostics;  // warnings and notes
};

// Error: InvalidInput with every problem, one a line.
Result<ReadCompose> read_compose_project(const ProjectOptions& options);

// The same from files that are known already, e.g. without one of them; the root stays where it is or rises.
Result<ReadCompose> read_compose_project(const ProjectOptions& options, ProjectFiles files);

// The process's own variables.
std::map<std::string, std::string> whole_environment();

// All errors among the diagnostics, one a line.
Error joined(const std::vector<Diagnostic>& diagnostics);

}  // namespace farm::ctl
