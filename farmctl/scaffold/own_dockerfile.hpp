// Purpose: what a service is built by now, as far as a new Dockerfile has to keep it: the image it compiles in and what is installed there,
// cargo's flags, and the stage that ships. Pure. Internal to farmctl/scaffold.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/base/file_tree.hpp"
#include "shared/compose/project.hpp"
#include "shared/dockerfile/dockerfile.hpp"
#include "shared/dockerfile/resolve.hpp"
#include "shared/dockerfile/rust_stages.hpp"

namespace farm::scaffold {

// `Rust` with `stages` where farm understands its cargo build, without where it only mentions one.
struct OwnDockerfile {
  enum class Kind { Absent, Other, Rust };
  struct Stages {
    Dockerfile dockerfile;
    ResolvedStages resolved;
    RustStages rust;
  };
  Kind kind = Kind::Absent;
  std::string path;  // "" where it is inline
  std::optional<Stages> stages;
};

OwnDockerfile read_own_dockerfile(const FileTree& tree, const BuildSpec& build);

// The folders that may hold the Cargo.toml that the build stage compiles, as its COPYs and its WORKDIR say; those of the tree, best first.
std::vector<std::string> compiled_folders(const OwnDockerfile::Stages& own, const std::string& context);

// Names of files that later stages take out of the target directory.
std::vector<std::string> shipped_names(const OwnDockerfile::Stages& own);

// What the build's stages do before they compile.
struct Setup {
  std::string image;                // "" where it isn't one image's name
  std::vector<std::string> before;  // instructions that are the same whatever is compiled: for the stage under all others
  std::vector<std::string> late;    // ARGs, and ENVs of them: for the stage that compiles
  friend bool operator==(const Setup&, const Setup&) = default;
};
Setup setup_of(const OwnDockerfile::Stages& own);

struct ShipRequest {
  std::string bin;
  std::string argument;        // the build argument that names the binary
  std::string workdir;         // of the new build stage
  std::string release_folder;  // "target/release": where cargo puts binaries, below workdir
  bool same_root = true;       // the new workdir holds what the old one held
  bool same_context = true;
};
// The shipping stage's instructions under a new FROM line "FROM image AS <name>", of which `image` is the first line here, with the
// binary taken from the stage `builder`. Error: Unsupported with file:line of what can't be kept.
struct Shipped {
  std::string image;
  std::string instructions;  // each with its line end
};
Result<Shipped> shipping_stage(const OwnDockerfile::Stages& own, const ShipRequest& request);

}  // namespace farm::scaffold
