// Purpose: services with the same build are one image (`…_shard_01` and `…_shard_02`): groups them, and finds what image builds on what.
// Internal to shared/plan.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "shared/plan/planner.hpp"

namespace farm::plan {

struct ImageUnit {
  std::string name;                      // unique: the image's last path segment, else the first service
  std::vector<const Service*> services;  // same build, sorted by name
  const BuildSpec* build = nullptr;      // of the first of them
  ContextId context;
  std::string platform;
  std::string dockerfile_name;  // for diagnostics: its path in the tree, or "<service>.build.dockerfile_inline"
  std::string dockerfile_text;
  std::map<std::string, std::size_t> needs;  // named context or base image ("" for edges only: "#service") → unit that builds it
  bool wanted = false;                       // asked for, or needed by one that is
  std::vector<Diagnostic> problems;          // told only where it is wanted
};

struct ImageUnits {
  std::vector<ImageUnit> units;  // those that others need come first
};

// Diagnostics, of wanted services only: needed services without a build, remote contexts, several platforms, cycles, unreadable
// Dockerfiles.
Parsed<ImageUnits> image_units(const ComposeProject& project, const FileTree& tree, const PlanRequest& request);

// Reads each unit's Dockerfile and adds an edge where a FROM or COPY --from names the image of another unit. Called before units are
// sorted.
void add_dockerfile_edges(const ComposeProject& project, const FileTree& tree, std::vector<ImageUnit>& units);

// The ignore file for a Dockerfile: NAME.dockerignore beside it, else .dockerignore at the context's root, else "".
std::string ignore_file_of(const FileTree& tree, const std::string& context, const std::string& dockerfile);

// OS/ARCHITECTURE or OS/ARCHITECTURE/VARIANT. Which there are is for the farm's agents to say.
bool is_platform(const std::string& text);

// The image reference that is published for a service: without a registry host, with the request's tag where it has one.
Result<std::string> published_reference(const std::string& image, const std::string& tag);

}  // namespace farm::plan
