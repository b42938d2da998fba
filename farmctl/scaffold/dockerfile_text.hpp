// Purpose: the text of a Dockerfile.rust-optimized: planner, dependencies, builder, and one stage per kind of image that ships. Pure.
#pragma once

#include <string>
#include <vector>

#include "shared/cargo/workspace.hpp"

namespace farm::scaffold {

struct ShippingStage {
  std::string name;          // "runtime", "runtime-api"
  std::string image;         // what stands behind FROM
  std::string instructions;  // each with its line end
};

struct DockerfileParts {
  std::string image;                // what is compiled in
  bool has_cargo_chef = true;       // the image does; else it is installed
  std::vector<std::string> before;  // instructions in front of everything
  std::vector<std::string> late;    // in front of the compile
  std::string toolchain_file;       // relative to the context; "" where the image is what it asks for
  std::string root;                 // the workspace's folder, relative to the context; "" is the context itself
  std::vector<std::string> beside;  // folders outside the root that are needed, relative to the context
  std::string flags;                // of cargo, the same for dependencies and for the services: "--release"
  std::string argument;             // the build argument that names the binary
  std::vector<ShippingStage> ships;
};

std::string dockerfile_text(const DockerfileParts& parts);

// Where the new Dockerfile compiles.
std::string workdir_of(const std::string& root, const std::vector<std::string>& beside);

// The image that compiles, for the toolchain that the workspace names ("" or "stable": the newest), or that goes with the user's own.
struct CompileImage {
  std::string image;
  bool has_cargo_chef = true;
  bool install_toolchain = false;  // by rustup, from the workspace's file
};
CompileImage compile_image(const Workspace& workspace, const std::string& own_image);

// Debian packages that crates in the lockfile are known to need.
struct SystemPackages {
  std::vector<std::string> build;
  std::vector<std::string> runtime;
};
SystemPackages system_packages(const Workspace& workspace);

// RUN apt-get …, with its line end; "" for none.
std::string apt_get(const std::vector<std::string>& packages);

// The stage for a service that has no Dockerfile yet.
ShippingStage plain_stage(const Workspace& workspace, const std::string& argument, const std::string& binary_folder);

}  // namespace farm::scaffold
