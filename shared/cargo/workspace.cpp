#include "shared/cargo/workspace.hpp"

#include <algorithm>
#include <deque>

#include "shared/base/limits.hpp"
#include "shared/cargo/lockfile.hpp"
#include "shared/cargo/manifest.hpp"
#include "shared/cargo/members.hpp"
#include "shared/cargo/settings.hpp"
#include "shared/cargo/toml_value.hpp"

namespace farm {
namespace {

using namespace cargo_detail;

bool is_in(const std::string& path, const std::string& directory) {
  return directory.empty() || path == directory || (path.starts_with(directory) && path[directory.size()] == '/');
}

class Reader {
 public:
  Reader(const FileTree& tree, const std::string& root, Parsed<Workspace>& out)
      : tree_(tree), workspace_(out.value), diagnostics_(out.diagnostics) {
    workspace_.root_directory = root;
    workspace_.root_manifest = join_path(root, "Cargo.toml");
  }

  void run() {
    const TomlValue* document = load(workspace_.root_manifest, workspace_.root_manifest, 0);
    if (document == nullptr) return;
    root_ = document;
    table_ = root_->find("workspace");
    workspace_.root_is_package = root_->find("package") != nullptr || root_->find("project") != nullptr;
    if (table_ == nullptr && !workspace_.root_is_package) {
      return report(Severity::Error, workspace_.root_manifest, 0, "neither [package] nor [workspace] in this manifest");
    }
    read_profiles(*root_, workspace_);
    read_patches(*root_, workspace_.root_manifest, workspace_, diagnostics_);
    read_config(tree_, workspace_, diagnostics_);
    read_toolchain(tree_, workspace_, diagnostics_);
    read_lockfile();
    find_crates();
    finish();
  }

 private:
  void report(Severity severity, const std::string& file, int line, std::string message) {
    diagnostics_.push_back({severity, {file, line, 0}, std::move(message)});
  }

  // The manifest, read once. nullptr after an error, which points to where it was wanted.
  const TomlValue* load(const std::string& path, const std::string& wanted_by, int line) {
    const auto known = documents_.find(path);
    if (known != documents_.end()) return known->second.is_table() ? &known->second : nullptr;
    TomlValue& slot = documents_[path];
    const Result<std::string> text = tree_.read(path, limits::kManifestBytesMax);
    if (!text) {
      report(Severity::Error, wanted_by, line, "no manifest at " + path + " (" + text.error().message + ")");
      return nullptr;
    }
    Result<TomlValue> document = parse_toml(path, *text);
    if (!document) {
      // The message has file and line in front already
      diagnostics_.push_back({Severity::Error, {}, document.error().message});
      return nullptr;
    }
    slot = std::move(*document);
    return &slot;
  }

  void read_lockfile() {
    const std::string path = join_path(workspace_.root_directory, "Cargo.lock");
    if (!tree_.is_file(path)) {
      return report(Severity::Warning, workspace_.root_manifest, 0,
                    "no Cargo.lock beside it, so each build may pick other versions; run `cargo generate-lockfile` and commit it");
    }
    const Result<std::string> text = tree_.read(path, limits::kLockfileBytesMax);
    Result<Lockfile> lockfile = text ? parse_lockfile(path, *text) : Result<Lockfile>(text.error());
    if (!lockfile) {
      diagnostics_.push_back({Severity::Error, {}, lockfile.error().message});
      return;
    }
    workspace_.lockfile = std::move(*lockfile);
  }

  struct Wanted {
    std::string directory;
    bool path_dependency = false;  // found as one, not listed
    bool patch = false;
    std::string by;
    int line = 0;
  };

  void find_crates() {
    std::deque<Wanted> queue;
    if (workspace_.root_is_package) queue.push_back({workspace_.root_directory, false, false, workspace_.root_manifest, 0});
    if (table_ != nullptr) {
      members_ = table_->strings("members");
      excluded_ = table_->strings("exclude");
      const TomlValue* list = table_->find("members");
      for (const std::string& pattern : members_) {
        const std::vector<std::string> directories = expand_members(tree_, workspace_.root_directory, pattern);
        if (directories.empty())
          report(Severity::Error, workspace_.root_manifest, list->line, "no directory matches the member '" + pattern + "'");
        for (const std::string& directory : directories) queue.push_back({directory, false, false, workspace_.root_manifest, list->line});
      }
    }
    for (const std::string& directory : workspace_.patch_directories) queue.push_back({directory, true, true, workspace_.root_manifest, 0});
    while (!queue.empty() && manifests_.size() <= kCratesMax) {
      const Wanted wanted = std::move(queue.front());
      queue.pop_front();
      add_crate(wanted, queue);
    }
    if (manifests_.size() > kCratesMax)
      report(Severity::Error, workspace_.root_manifest, 0, "more than " + std::to_string(kCratesMax) + " crates");
  }

  [[nodiscard]] bool is_excluded(const std::string& directory) const {
    const auto covers = [&](const std::string& path) {
      const Result<std::string> normal = normalise_path(workspace_.root_directory, path);
      return normal && is_in(directory, *normal);
    };
    return std::any_of(excluded_.begin(), excluded_.end(), covers) && std::none_of(members_.begin(), members_.end(), covers);
  }

  void add_crate(const Wanted& wanted, std::deque<Wanted>& queue) {
    // As cargo has it: what is listed is a member, and so is a path dependency of a member within the workspace's folder.
    bool member = !wanted.patch && !is_excluded(wanted.directory) &&
                  (!wanted.path_dependency || (table_ != nullptr && is_in(wanted.directory, workspace_.root_directory)));
    if (wanted.directory == workspace_.root_directory) member = true;
    const auto known = manifests_.find(wanted.directory);
    if (known != manifests_.end()) {
      if (!member || known->second.crate.member) return;
      manifests_.erase(known);  // found first as something outside; its own path dependencies may become members too
    }
    if (!wanted.path_dependency && !member && wanted.directory != workspace_.root_directory) return;  // listed and excluded
    const std::string path = join_path(wanted.directory, "Cargo.toml");
    const TomlValue* document = load(path, wanted.by, wanted.line);
    if (document == nullptr) return;
    const auto [inherits_from, directory] =
        member ? std::pair(table_, workspace_.root_directory) : own_workspace(*document, wanted.directory);
    Manifest manifest = ManifestReader(tree_, path, *document, inherits_from, directory, diagnostics_).read();
    manifest.crate.member = member;
    for (const ManifestDependency& dependency : manifest.dependencies) {
      if (dependency.path.empty() && dependency.value.source != "path+") continue;
      queue.push_back({dependency.path, true, !member, path, dependency.value.line});
    }
    manifests_.emplace(wanted.directory, std::move(manifest));
  }

  // The [workspace] table that a crate outside of this workspace inherits from, and its directory.
  std::pair<const TomlValue*, std::string> own_workspace(const TomlValue& document, const std::string& directory) {
    if (const TomlValue* own = document.find("workspace")) return {own, directory};
    std::string at = directory;
    while (!at.empty()) {
      at = parent_path(at);
      const std::string path = join_path(at, "Cargo.toml");
      if (!tree_.is_file(path)) continue;
      const TomlValue* above = load(path, path, 0);
      if (above != nullptr && above->find("workspace") != nullptr) return {above->find("workspace"), at};
    }
    return {nullptr, ""};
  }

  void finish() {
    std::map<std::string, std::size_t> index;
    for (const auto& [directory, manifest] : manifests_) index.emplace(directory, index.size());
    const std::set<std::string> defaults = default_members();
    for (auto& [directory, manifest] : manifests_) {
      Crate crate = std::move(manifest.crate);
      for (ManifestDependency& dependency : manifest.dependencies) {
        const auto local = index.find(dependency.path);
        if (dependency.value.source == "path+" + dependency.path && local != index.end()) dependency.value.local = local->second;
        crate.dependencies.push_back(std::move(dependency.value));
      }
      crate.default_member = crate.member && (defaults.empty() || defaults.contains(directory));
      workspace_.crates.push_back(std::move(crate));
    }
    read_resolver();
  }

  // Empty: all members.
  std::set<std::string> default_members() {
    std::set<std::string> directories;
    const TomlValue* list = table_ == nullptr ? nullptr : table_->find("default-members");
    if (list == nullptr) {
      if (workspace_.root_is_package) directories.insert(workspace_.root_directory);
      return directories;
    }
    for (const std::string& pattern : table_->strings("default-members")) {
      for (std::string& directory : expand_members(tree_, workspace_.root_directory, pattern)) {
        const auto found = manifests_.find(directory);
        if (found == manifests_.end() || !found->second.crate.member) {
          report(Severity::Error, workspace_.root_manifest, list->line, "default member '" + directory + "' is no member of the workspace");
        }
        directories.insert(std::move(directory));
      }
    }
    return directories;
  }

  void read_resolver() {
    const TomlValue* package = root_->find("package");
    std::string resolver = table_ == nullptr ? "" : table_->string("resolver");
    if (resolver.empty() && package != nullptr) resolver = package->string("resolver");
    if (resolver.empty() && workspace_.root_is_package) {
      for (const Crate& crate : workspace_.crates) {
        if (crate.directory != workspace_.root_directory) continue;
        resolver = crate.edition == "2024" ? "3" : crate.edition == "2021" ? "2" : "1";
      }
    }
    workspace_.resolver = resolver.empty() ? "1" : resolver;
  }

  const FileTree& tree_;
  Workspace& workspace_;
  std::vector<Diagnostic>& diagnostics_;
  std::map<std::string, TomlValue> documents_;
  std::map<std::string, Manifest> manifests_;  // by directory
  const TomlValue* root_ = nullptr;
  const TomlValue* table_ = nullptr;  // [workspace]
  std::vector<std::string> members_;
  std::vector<std::string> excluded_;
};

}  // namespace

std::string_view to_string(TargetKind kind) {
  switch (kind) {
    case TargetKind::Lib: return "lib";
    case TargetKind::Bin: return "bin";
    case TargetKind::Example: return "example";
    case TargetKind::Test: return "test";
    case TargetKind::Bench: return "bench";
    case TargetKind::BuildScript: return "custom-build";
  }
  return "lib";
}

bool Crate::has(TargetKind kind) const {
  return std::any_of(targets.begin(), targets.end(), [&](const CargoTarget& target) { return target.kind == kind; });
}

bool Crate::is_proc_macro() const {
  return std::any_of(targets.begin(), targets.end(), [](const CargoTarget& target) { return target.proc_macro; });
}

std::optional<std::size_t> Workspace::find_crate(std::string_view name) const {
  for (std::size_t i = 0; i < crates.size(); ++i) {
    if (crates[i].name == name) return i;
  }
  return std::nullopt;
}

Parsed<Workspace> read_workspace(const FileTree& tree, const std::string& root_directory) {
  Parsed<Workspace> parsed;
  Reader(tree, root_directory, parsed).run();
  return parsed;
}

}  // namespace farm
