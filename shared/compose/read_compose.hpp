// Purpose: reads a compose project from a tree of files, by the Compose specification's rules, as `docker compose config` would.
// Pure: files come from the tree, variables from the request. Never throws; every problem is a diagnostic with file and line.
// Errors: what compose itself rejects (YAML, duplicate keys, types, cycles of `extends`/`include`/`service:`, unset required variables,
// missing files) and what farm can't build. Warnings: what farm reads but does not honour in `build:`, unknown keys (with the nearest known
// one). Limits, each an error that names it: limits::kComposeBytesMax a file, limits::kServicesMax services, and those below.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/file_tree.hpp"
#include "shared/base/result.hpp"
#include "shared/compose/project.hpp"

namespace farm {

namespace limits {
constexpr std::size_t kComposeDepthMax = 64;       // nesting of one file's values, after aliases
constexpr std::size_t kComposeNodesMax = 300'000;  // values in one file after aliases are expanded
constexpr std::size_t kComposeFilesMax =
    500;  // readings of files for one project (compose, extends, include, env; a file included twice counts twice)
constexpr std::size_t kIncludeDepthMax = 16;              // `include` inside `include`
constexpr std::size_t kExtendsDepthMax = 32;              // `extends` of a service that extends
constexpr std::size_t kInterpolationDepthMax = 32;        // ${A:-${B:-…}}
constexpr std::size_t kInterpolatedBytesMax = 1U << 20U;  // one value after variables are put in
constexpr std::size_t kEnvFileBytesMax = 1U << 20U;       // one .env file
}  // namespace limits

struct ComposeRequest {
  // Paths in the tree, merged in this order. Empty: COMPOSE_FILE of the environment or .env, else the first of compose.yaml, compose.yml,
  // docker-compose.yml, docker-compose.yaml at the root, with its override file if there is one.
  std::vector<std::string> files;
  std::map<std::string, std::string> environment;  // the caller's; wins over .env
  std::vector<std::string> profiles;               // empty: those of COMPOSE_PROFILES; "*" is all
  std::vector<std::string> wanted;                 // services named by the user: active whatever their profiles say
  std::string project_name;                        // "": COMPOSE_PROJECT_NAME, `name:`, else the folder's name
  // Folder of the tree that relative paths start from. Without one: the folder of the first file.
  std::optional<std::string> project_directory;
  std::string working_directory;  // folder of the tree where the caller stands
  // Paths in the tree. Empty: .env of the working directory and that of the project's folder, as far as they are there; the former wins.
  // With a project_directory only its own.
  std::vector<std::string> env_files;
  std::string root_directory;  // absolute path of the tree's root on this host; "" if it has none (then absolute paths are errors)
};

Parsed<ComposeProject> read_compose(const FileTree& tree, const ComposeRequest& request);

}  // namespace farm
