// Purpose: from an assignment to the command line and files of one `buildx build`. Pure: golden-tested, no clock, no
// disk. Values of secrets are in `env` only: never in argv, in a file or in an Error. What comes from outside is
// checked here so that none of it can become another option or another exporter: each value is one word of its own
// behind "--option=", and names that stand in comma-separated lists may not hold commas or quotes. Error: InvalidInput.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/protocol/agent_messages.hpp"

namespace farm::build {

// Where the workspace has laid things out; absolute paths.
struct BuildPaths {
  std::string context;                       // the context's directory
  std::map<std::string, std::string> named;  // NamedContext::name → its directory, for those made from slices
  std::string dockerfile;                    // the effective Dockerfile's file, outside the context
  std::string metadata;                      // the file that buildx writes the digest to
};

struct BuildxOptions {
  std::vector<std::string> command;  // {"buildx"} or {"docker", "buildx"}
  std::string builder;
  std::string registry;  // instead of the one that the coordinator names; empty: no
};

struct BuildxCommand {
  std::vector<std::string> argv;
  std::vector<std::string> env;  // secrets only; the caller adds the environment that every buildx gets
  friend bool operator==(const BuildxCommand&, const BuildxCommand&) = default;
};

Result<BuildxCommand> make_buildx_command(const protocol::StartJob& start, const BuildPaths& paths, const BuildxOptions& options);

// The registry that results go to: the host's override, or what the coordinator names.
std::string result_registry(const protocol::StartJob& start, const BuildxOptions& options);

// The images that the farm itself put in the place of stages and bases, as they stand in the command: an error that
// names one of them is the farm's, not the build's.
std::vector<std::string> farm_images(const protocol::StartJob& start, const BuildxOptions& options);

// Every file of a context came through the slices, which .dockerignore has shaped already; this text next to the
// Dockerfile keeps BuildKit from reading the context's .dockerignore once more, against a context that may have been
// cut or made up (skeleton).
inline constexpr const char* kIgnoreNothing = "# the context is filtered already\n";

}  // namespace farm::build
