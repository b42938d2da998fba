// Purpose: a Cargo workspace as values: its crates (members, and path dependencies inside the tree), targets, dependencies, features,
// profiles, patches, lockfile, toolchain and config files. Read through a FileTree; nothing is run. Pure.
// Limits: kManifestBytesMax, kLockfileBytesMax, kCratesMax crates. Errors are diagnostics with file:line.
// Paths are relative to the tree's root, with '/'.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "shared/base/file_tree.hpp"
#include "shared/base/result.hpp"

namespace farm {

constexpr std::size_t kCratesMax = 5'000;

enum class TargetKind { Lib, Bin, Example, Test, Bench, BuildScript };
std::string_view to_string(TargetKind kind);

struct CargoTarget {
  TargetKind kind = TargetKind::Lib;
  std::string name;
  std::string path;  // relative to the tree's root
  std::vector<std::string> required_features;
  bool proc_macro = false;  // of a Lib
  friend bool operator==(const CargoTarget&, const CargoTarget&) = default;
};

enum class DependencyKind { Normal, Build, Dev };

struct Dependency {
  std::string key;      // the name in the manifest's table
  std::string package;  // the package's name (`package = …`, else the key)
  DependencyKind kind = DependencyKind::Normal;
  std::string platform;              // the key of [target.'…'], "" where it is for all
  std::string requirement;           // the version requirement, "" where there is none
  std::string source;                // "" crates.io; else "registry+NAME", "git+URL?branch=…", "path+DIR" outside the tree's crates
  std::optional<std::size_t> local;  // index into Workspace::crates, for a path dependency
  bool optional = false;
  bool default_features = true;
  std::set<std::string> features;
  int line = 0;
};

struct Crate {
  std::string name;
  std::string version;
  std::string edition;
  std::string directory;  // "" where it is the tree's root
  std::string manifest_path;
  bool member = false;          // of the workspace; false for a path dependency outside it
  bool default_member = false;  // built by a cargo command in the workspace's root without a selection
  std::string links;
  std::vector<CargoTarget> targets;                          // by kind, then name
  std::vector<Dependency> dependencies;                      // in the order of kind, platform, key
  std::map<std::string, std::vector<std::string>> features;  // as declared (implicit ones of optional dependencies not added)
  std::vector<std::size_t> reads;  // crates whose files its sources name without depending on them; filled in by the planner

  [[nodiscard]] bool has(TargetKind kind) const;
  [[nodiscard]] bool is_proc_macro() const;
};

struct LockPackage {
  std::string name;
  std::string version;
  std::string source;  // "" for a local crate
  std::string checksum;
  std::vector<std::size_t> dependencies;  // indices into Lockfile::packages
};

struct Lockfile {
  std::string path;
  int version = 1;
  std::vector<LockPackage> packages;  // in the file's order
};

// A TOML table kept in canonical text (keys sorted, no comments), by dotted name: e.g. "profile.release" → "codegen-units=1\nlto=true\n".
using CanonicalTables = std::map<std::string, std::string>;

struct Workspace {
  std::string root_directory;
  std::string root_manifest;
  bool root_is_package = false;
  std::vector<Crate> crates;                            // sorted by directory
  std::string resolver;                                 // "1", "2" or "3": as written, else by the root package's edition
  CanonicalTables profiles;                             // "release" → canonical text of [profile.release], from the root manifest
  std::map<std::string, std::string> profile_inherits;  // custom profile → the one it inherits
  CanonicalTables patches;                              // "patch.crates-io.foo" → …, "replace.foo:1.0" → …
  std::vector<std::string> patch_directories;           // local directories named by [patch] or [replace]
  std::optional<Lockfile> lockfile;
  std::string toolchain_file;  // path of rust-toolchain(.toml), "" where there is none
  std::string toolchain_channel;
  CanonicalTables toolchain;              // its other keys
  std::vector<std::string> config_files;  // .cargo/config(.toml) of the root and of folders above it, the nearest first
  CanonicalTables config;                 // dotted key → canonical value, the nearest file wins

  [[nodiscard]] std::optional<std::size_t> find_crate(std::string_view name) const;
};

// `root_directory` holds the workspace's Cargo.toml (or a single package's, which is then a workspace of its own).
Parsed<Workspace> read_workspace(const FileTree& tree, const std::string& root_directory);

}  // namespace farm
