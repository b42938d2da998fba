// Purpose: reads a project from disk as far as a plan needs it: compose files, contexts (walked with the stat index), and the plan itself.
// The tree's root is the smallest folder that holds all of them, a git checkout where there is one (project_files.hpp).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/plan/planner.hpp"
#include "shared/snapshot/disk_tree.hpp"

namespace farm::ctl {

struct ProjectOptions {
  std::vector<std::string> files;  // --file, relative to the working directory; empty: found as docker compose finds them
  std::string project_directory;   // --project-directory; empty: that of the first file
  std::string project_name;
  std::vector<std::string> profiles;
  std::vector<std::string> env_files;
  std::vector<std::string> services;  // as the user wrote them; empty or "all": all
  std::string tag;
  std::string platform;
  bool use_index = true;  // false: hash every file
};

struct ReadProject {
  std::unique_ptr<DiskTree> tree;
  ComposeProject compose;
  ProjectPlan plan;
  std::vector<Diagnostic> diagnostics;  // warnings and notes too
  Millis read_ms;                       // compose, Dockerfiles, manifests
  Millis walk_ms;                       // the contexts
  std::size_t hashed_files = 0;
};

// Error: InvalidInput with every problem, one a line. Warnings are in `diagnostics`.
Result<ReadProject> read_project(const ProjectOptions& options);

}  // namespace farm::ctl
