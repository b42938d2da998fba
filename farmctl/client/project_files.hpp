// Purpose: where a project's files are, as docker compose finds them: compose files, the folder that paths start from, files of variables,
// and the smallest folder that holds them all.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "farmctl/client/read_project.hpp"
#include "shared/base/result.hpp"

namespace farm::ctl {

struct ProjectFiles {
  // The git checkout that holds the project's folder, else that folder; widened until all that is named below is inside.
  std::filesystem::path root;
  std::vector<std::filesystem::path> files;      // compose files; absolute, as all here, and without symbolic links in their folders
  std::vector<std::filesystem::path> env_files;  // of --env-file
  std::filesystem::path folder;                  // that relative paths start from
  std::filesystem::path working_directory;
};

// Error: InvalidInput with the option or file that is wrong.
Result<ProjectFiles> find_project_files(const ProjectOptions& options, const std::map<std::string, std::string>& environment);

// Whether a file has one of the names under which compose finds an override by itself.
bool is_override(const std::filesystem::path& file);

// The nearest folder above `root`, or itself, that holds `path` too. Both absolute and normalised.
std::filesystem::path root_that_holds(const std::filesystem::path& root, const std::filesystem::path& path);

// `path` seen from `root`, which holds it; "" for the root itself.
std::string relative_to(const std::filesystem::path& root, const std::filesystem::path& path);

}  // namespace farm::ctl
