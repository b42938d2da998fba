#include "shared/cargo/settings.hpp"

#include <algorithm>

#include "shared/base/limits.hpp"
#include "shared/cargo/manifest.hpp"

namespace farm::cargo_detail {
namespace {

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// The workspace's directory and those above it, the nearest first.
std::vector<std::string> upwards(const std::string& directory) {
  std::vector<std::string> list = {directory};
  while (!list.back().empty()) list.push_back(parent_path(list.back()));
  return list;
}

void flatten(const std::string& prefix, const TomlValue& value, CanonicalTables& out) {
  if (value.is_table()) {
    for (const auto& [key, child] : value.table) flatten(prefix.empty() ? key : prefix + "." + key, child, out);
    return;
  }
  const auto [at, fresh] = out.emplace(prefix, value.canonical());
  if (!fresh && value.is_array()) at->second += value.canonical();  // cargo joins the lists of several files
}

void add_patch(const std::string& name, const TomlValue& value, const std::string& manifest, Workspace& workspace,
               std::vector<Diagnostic>& diagnostics) {
  workspace.patches[name] = value.canonical();
  const std::string path = value.string("path");
  if (path.empty()) return;
  Result<std::string> directory =
      path.starts_with('/') ? Error{ErrorKind::InvalidInput, ""} : normalise_path(workspace.root_directory, path);
  if (directory) {
    workspace.patch_directories.push_back(*directory);
  } else {
    diagnostics.push_back(
        {Severity::Error,
         {manifest, value.line, 0},
         name + " names " + path + ", which is outside of the project's folder, and that folder is all that a build sees"});
  }
}

}  // namespace

void read_profiles(const TomlValue& root, Workspace& workspace) {
  const TomlValue* profiles = root.find("profile");
  if (profiles == nullptr || !profiles->is_table()) return;
  for (const auto& [name, table] : profiles->table) {
    workspace.profiles[name] = table.canonical();
    const std::string inherits = table.string("inherits");
    if (!inherits.empty()) workspace.profile_inherits[name] = inherits;
  }
}

void read_patches(const TomlValue& root, const std::string& manifest, Workspace& workspace, std::vector<Diagnostic>& diagnostics) {
  if (const TomlValue* patch = root.find("patch"); patch != nullptr && patch->is_table()) {
    for (const auto& [source, table] : patch->table) {
      if (!table.is_table()) continue;
      for (const auto& [name, value] : table.table) add_patch("patch." + source + "." + name, value, manifest, workspace, diagnostics);
    }
  }
  if (const TomlValue* replace = root.find("replace"); replace != nullptr && replace->is_table()) {
    for (const auto& [name, value] : replace->table) add_patch("replace." + name, value, manifest, workspace, diagnostics);
  }
  std::sort(workspace.patch_directories.begin(), workspace.patch_directories.end());
}

void read_config(const FileTree& tree, Workspace& workspace, std::vector<Diagnostic>& diagnostics) {
  for (const std::string& directory : upwards(workspace.root_directory)) {
    for (const char* name : {".cargo/config", ".cargo/config.toml"}) {
      const std::string path = join_path(directory, name);
      if (!tree.is_file(path)) continue;
      Result<std::string> text = tree.read(path, limits::kManifestBytesMax);
      Result<TomlValue> document = text ? parse_toml(path, *text) : Result<TomlValue>(text.error());
      if (!document) {
        diagnostics.push_back({Severity::Error, {path, 0, 0}, document.error().message});
        continue;
      }
      workspace.config_files.push_back(path);
      flatten("", *document, workspace.config);
      break;  // cargo reads the old name where both are there
    }
  }
}

void read_toolchain(const FileTree& tree, Workspace& workspace, std::vector<Diagnostic>& diagnostics) {
  for (const std::string& directory : upwards(workspace.root_directory)) {
    for (const char* name : {"rust-toolchain", "rust-toolchain.toml"}) {
      const std::string path = join_path(directory, name);
      if (!tree.is_file(path)) continue;
      const Result<std::string> text = tree.read(path, limits::kManifestBytesMax);
      if (!text) {
        diagnostics.push_back({Severity::Error, {path, 0, 0}, text.error().message});
        return;
      }
      workspace.toolchain_file = path;
      const Result<TomlValue> document = parse_toml(path, *text);
      const TomlValue* toolchain = document ? document->find("toolchain") : nullptr;
      if (toolchain == nullptr || !toolchain->is_table()) {
        workspace.toolchain_channel = trimmed(*text);  // the old form: nothing but the channel
        return;
      }
      for (const auto& [key, value] : toolchain->table) {
        if (key == "channel") {
          workspace.toolchain_channel = value.text;
        } else {
          workspace.toolchain[key] = value.canonical();
        }
      }
      return;
    }
  }
}

}  // namespace farm::cargo_detail
