#include "shared/cargo/manifest.hpp"

#include <algorithm>

namespace farm::cargo_detail {

std::string join_path(const std::string& directory, const std::string& name) { return directory.empty() ? name : directory + "/" + name; }

ManifestReader::ManifestReader(const FileTree& tree, std::string path, const TomlValue& document, const TomlValue* workspace,
                               std::string workspace_directory, std::vector<Diagnostic>& diagnostics)
    : tree_(tree),
      path_(std::move(path)),
      document_(document),
      workspace_(workspace),
      workspace_directory_(std::move(workspace_directory)),
      diagnostics_(diagnostics) {}

void ManifestReader::report(Severity severity, int line, std::string message) {
  diagnostics_.push_back({severity, {path_, line, 0}, std::move(message)});
}

std::string ManifestReader::inherited(const TomlValue& package, const std::string& key) {
  const TomlValue* value = package.find(key);
  if (value == nullptr || !value->is_table() || !value->flag("workspace", false)) return package.string(key);
  const TomlValue* of_workspace = workspace_ == nullptr ? nullptr : workspace_->find("package");
  const std::string text = of_workspace == nullptr ? "" : of_workspace->string(key);
  if (text.empty()) report(Severity::Error, value->line, "package." + key + " is inherited, but [workspace.package] has no '" + key + "'");
  return text;
}

Manifest ManifestReader::read() {
  Crate& crate = manifest_.crate;
  crate.manifest_path = path_;
  crate.directory = parent_path(path_);
  const TomlValue* package = document_.find("package");
  if (package == nullptr) package = document_.find("project");
  if (package == nullptr || !package->is_table()) {
    report(Severity::Error, 0, "no [package] in this manifest");
    return std::move(manifest_);
  }
  manifest_.line = package->line;
  crate.name = package->string("name");
  if (crate.name.empty()) report(Severity::Error, package->line, "[package] has no name");
  crate.version = inherited(*package, "version");
  if (crate.version.empty()) crate.version = "0.0.0";
  crate.edition = inherited(*package, "edition");
  if (crate.edition.empty()) crate.edition = "2015";
  crate.links = package->string("links");
  crate.targets = find_targets(tree_, crate.directory, document_, crate.name, crate.edition);
  read_features(document_.find("features"));
  read_dependencies(document_, "");
  if (const TomlValue* targets = document_.find("target"); targets != nullptr && targets->is_table()) {
    for (const auto& [platform, tables] : targets->table) read_dependencies(tables, platform);
  }
  std::sort(manifest_.dependencies.begin(), manifest_.dependencies.end(), [](const ManifestDependency& a, const ManifestDependency& b) {
    return std::tie(a.value.kind, a.value.platform, a.value.key) < std::tie(b.value.kind, b.value.platform, b.value.key);
  });
  return std::move(manifest_);
}

void ManifestReader::read_features(const TomlValue* features) {
  if (features == nullptr || !features->is_table()) return;
  for (const auto& [name, list] : features->table) manifest_.crate.features[name] = features->strings(name);
}

void ManifestReader::read_dependencies(const TomlValue& tables, const std::string& platform) {
  const auto either = [&](std::string_view name, std::string_view old_name) {
    const TomlValue* found = tables.find(name);
    return found == nullptr ? tables.find(old_name) : found;
  };
  read_table(tables.find("dependencies"), DependencyKind::Normal, platform);
  read_table(either("build-dependencies", "build_dependencies"), DependencyKind::Build, platform);
  read_table(either("dev-dependencies", "dev_dependencies"), DependencyKind::Dev, platform);
}

void ManifestReader::read_table(const TomlValue* table, DependencyKind kind, const std::string& platform) {
  if (table == nullptr || !table->is_table()) return;
  for (const auto& [key, value] : table->table) read_dependency(key, value, kind, platform);
}

void ManifestReader::read_dependency(const std::string& key, const TomlValue& value, DependencyKind kind, const std::string& platform) {
  ManifestDependency dependency;
  Dependency& out = dependency.value;
  out.key = key;
  out.kind = kind;
  out.platform = platform;
  out.line = value.line;
  const TomlValue* source = &value;
  std::string directory = manifest_.crate.directory;
  const bool inherits = value.is_table() && value.flag("workspace", false);
  if (inherits) {
    const TomlValue* list = workspace_ == nullptr ? nullptr : workspace_->find("dependencies");
    source = list == nullptr ? nullptr : list->find(key);
    if (source == nullptr) {
      report(Severity::Error, value.line, "dependency '" + key + "' is inherited, but [workspace.dependencies] has no '" + key + "'");
      return;
    }
    directory = workspace_directory_;
  }
  if (!source->is_string() && !source->is_table()) {
    report(Severity::Error, value.line, "dependency '" + key + "' must be a version or a table");
    return;
  }
  const auto default_features = [](const TomlValue& table, bool otherwise) {
    return table.flag("default-features", table.flag("default_features", otherwise));
  };
  out.default_features = default_features(*source, true);
  for (const std::string& feature : source->strings("features")) out.features.insert(feature);
  out.optional = source->flag("optional", false);
  if (inherits) {
    // A member can add features and ask for the default ones; it can't take away.
    if (default_features(value, false)) out.default_features = true;
    for (const std::string& feature : value.strings("features")) out.features.insert(feature);
    out.optional = value.flag("optional", false);
  }
  out.package = source->is_table() ? source->string("package") : "";
  if (out.package.empty()) out.package = key;
  read_source(*source, directory, dependency);
  manifest_.dependencies.push_back(std::move(dependency));
}

void ManifestReader::read_source(const TomlValue& value, const std::string& directory, ManifestDependency& dependency) {
  Dependency& out = dependency.value;
  if (value.is_string()) {
    out.requirement = value.text;
    return;
  }
  out.requirement = value.string("version");
  const std::string path = value.string("path");
  if (!path.empty()) {
    Result<std::string> normal = path.starts_with('/') ? Error{ErrorKind::InvalidInput, "absolute"} : normalise_path(directory, path);
    if (normal) {
      dependency.path = *normal;
      out.source = "path+" + *normal;
    } else {
      dependency.outside = true;
      out.source = "path+" + path;
      report(Severity::Error, out.line,
             "path dependency '" + out.key + "' (" + path + ") leaves the project's folder, which is all that a build sees");
    }
    return;
  }
  const std::string git = value.string("git");
  if (!git.empty()) {
    out.source = "git+" + git;
    for (const char* key : {"branch", "tag", "rev"}) {
      if (!value.string(key).empty()) out.source += std::string("?") + key + "=" + value.string(key);
    }
    return;
  }
  const std::string registry = value.string("registry") + value.string("registry-index");
  if (!registry.empty()) out.source = "registry+" + registry;
}

}  // namespace farm::cargo_detail
