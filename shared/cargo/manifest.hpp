// Purpose: one Cargo.toml to a Crate: package fields, targets, dependencies, features, with what it inherits from its workspace. Internal.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "shared/base/file_tree.hpp"
#include "shared/base/result.hpp"
#include "shared/cargo/toml_value.hpp"
#include "shared/cargo/workspace.hpp"

namespace farm::cargo_detail {

// A dependency as the manifest has it, with the path that it names.
struct ManifestDependency {
  Dependency value;
  std::string path;      // directory in the tree; "" where it is no path dependency
  bool outside = false;  // the path leaves the tree
};

struct Manifest {
  Crate crate;  // without `dependencies`, `member`, `default_member`
  std::vector<ManifestDependency> dependencies;
  int line = 0;  // of [package]
};

class ManifestReader {
 public:
  // `workspace`: the [workspace] table that it inherits from (may be null), of the manifest in `workspace_directory`.
  ManifestReader(const FileTree& tree, std::string path, const TomlValue& document, const TomlValue* workspace,
                 std::string workspace_directory, std::vector<Diagnostic>& diagnostics);
  Manifest read();

 private:
  void report(Severity severity, int line, std::string message);
  [[nodiscard]] std::string inherited(const TomlValue& package, const std::string& key);
  void read_dependencies(const TomlValue& tables, const std::string& platform);
  void read_table(const TomlValue* table, DependencyKind kind, const std::string& platform);
  void read_dependency(const std::string& key, const TomlValue& value, DependencyKind kind, const std::string& platform);
  void read_source(const TomlValue& value, const std::string& directory, ManifestDependency& dependency);
  void read_features(const TomlValue* features);

  const FileTree& tree_;
  std::string path_;
  const TomlValue& document_;
  const TomlValue* workspace_;
  std::string workspace_directory_;
  std::vector<Diagnostic>& diagnostics_;
  Manifest manifest_;
};

// The targets of a package, by cargo's discovery rules. `directory` is the package's.
std::vector<CargoTarget> find_targets(const FileTree& tree, const std::string& directory, const TomlValue& document,
                                      const std::string& package, const std::string& edition);

std::string join_path(const std::string& directory, const std::string& name);

}  // namespace farm::cargo_detail
