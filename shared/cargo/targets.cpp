// Which targets a package has: those that its manifest lists, and those that cargo finds by the places of files.
#include <algorithm>
#include <set>

#include "shared/cargo/manifest.hpp"

namespace farm::cargo_detail {
namespace {

struct TargetRule {
  TargetKind kind;
  const char* table;      // [[bin]]
  const char* directory;  // src/bin
  const char* automatic;  // autobins
};

constexpr TargetRule kRules[] = {{TargetKind::Bin, "bin", "src/bin", "autobins"},
                                 {TargetKind::Example, "example", "examples", "autoexamples"},
                                 {TargetKind::Test, "test", "tests", "autotests"},
                                 {TargetKind::Bench, "bench", "benches", "autobenches"}};

class Finder {
 public:
  Finder(const FileTree& tree, const std::string& directory, const TomlValue& document, const std::string& package,
         const std::string& edition)
      : tree_(tree), directory_(directory), document_(document), package_(package), edition_(edition) {
    const TomlValue* table = document.find("package");
    if (table == nullptr) table = document.find("project");
    if (table != nullptr) package_table_ = table;
  }

  std::vector<CargoTarget> run() {
    find_library();
    for (const TargetRule& rule : kRules) find_kind(rule);
    find_build_script();
    std::sort(targets_.begin(), targets_.end(),
              [](const CargoTarget& a, const CargoTarget& b) { return std::tie(a.kind, a.name) < std::tie(b.kind, b.name); });
    return std::move(targets_);
  }

 private:
  [[nodiscard]] std::string in_tree(const std::string& path) const {
    const Result<std::string> normal = normalise_path(directory_, path);
    return normal ? *normal : join_path(directory_, path);
  }
  [[nodiscard]] bool exists(const std::string& path) const { return tree_.is_file(in_tree(path)); }
  [[nodiscard]] bool automatic(const char* key, bool otherwise) const {
    return package_table_ == nullptr ? otherwise : package_table_->flag(key, otherwise);
  }

  void find_library() {
    const TomlValue* lib = document_.find("lib");
    const bool given = lib != nullptr && lib->is_table();
    if (!given && (!automatic("autolib", true) || !exists("src/lib.rs"))) return;
    CargoTarget target;
    target.kind = TargetKind::Lib;
    target.name = given ? lib->string("name") : "";
    if (target.name.empty()) {
      target.name = package_;
      std::replace(target.name.begin(), target.name.end(), '-', '_');
    }
    const std::string path = given ? lib->string("path") : "";
    target.path = in_tree(path.empty() ? "src/lib.rs" : path);
    if (given) {
      target.proc_macro = lib->flag("proc-macro", lib->flag("proc_macro", false));
      for (const char* key : {"crate-type", "crate_type"}) {
        const std::vector<std::string> types = lib->strings(key);
        if (std::find(types.begin(), types.end(), "proc-macro") != types.end()) target.proc_macro = true;
      }
    }
    targets_.push_back(std::move(target));
  }

  std::vector<CargoTarget> discovered(const TargetRule& rule) {
    std::vector<CargoTarget> found;
    const auto add = [&](std::string name, const std::string& path) {
      found.push_back({rule.kind, std::move(name), in_tree(path), {}, false});
    };
    if (rule.kind == TargetKind::Bin && exists("src/main.rs")) add(package_, "src/main.rs");
    const Result<std::vector<TreeEntry>> entries = tree_.list(join_path(directory_, rule.directory));
    if (!entries) return found;
    for (const TreeEntry& entry : *entries) {
      const std::string path = std::string(rule.directory) + "/" + entry.name;
      if (entry.name.starts_with('.')) continue;
      if (entry.name.ends_with(".rs") && entry.name.size() > 3 && exists(path)) {
        add(entry.name.substr(0, entry.name.size() - 3), path);
      } else if (exists(path + "/main.rs")) {
        add(entry.name, path + "/main.rs");
      }
    }
    return found;
  }

  // The file of a listed target without a path.
  std::string usual_path(const TargetRule& rule, const std::string& name) {
    const std::string base = std::string(rule.directory) + "/" + name;
    if (rule.kind == TargetKind::Bin && name == package_ && exists("src/main.rs")) return "src/main.rs";
    if (!exists(base + ".rs") && exists(base + "/main.rs")) return base + "/main.rs";
    if (rule.kind == TargetKind::Bin && !exists(base + ".rs") && exists("src/main.rs")) return "src/main.rs";  // edition 2015
    return base + ".rs";
  }

  void find_kind(const TargetRule& rule) {
    const TomlValue* list = document_.find(rule.table);
    const bool listed = list != nullptr && list->is_array() && !list->array.empty();
    std::set<std::string> names;
    std::set<std::string> paths;
    if (listed) {
      for (const TomlValue& item : list->array) {
        CargoTarget target;
        target.kind = rule.kind;
        target.name = item.string("name");
        const std::string path = item.string("path");
        target.path = in_tree(path.empty() ? usual_path(rule, target.name) : path);
        target.required_features = item.strings("required-features");
        if (target.name.empty()) continue;
        names.insert(target.name);
        paths.insert(target.path);
        targets_.push_back(std::move(target));
      }
    }
    // Edition 2015 looks for no more where targets are listed.
    if (!automatic(rule.automatic, edition_ != "2015" || !listed)) return;
    for (CargoTarget& target : discovered(rule)) {
      if (!names.contains(target.name) && !paths.contains(target.path)) targets_.push_back(std::move(target));
    }
  }

  void find_build_script() {
    const TomlValue* build = package_table_ == nullptr ? nullptr : package_table_->find("build");
    std::vector<std::string> paths;
    if (build != nullptr && build->is_string()) paths = {build->text};
    if (build != nullptr && build->is_array()) paths = package_table_->strings("build");
    const bool off = build != nullptr && build->type == TomlValue::Type::Boolean && !build->boolean;
    if (paths.empty() && !off && exists("build.rs")) paths = {"build.rs"};
    for (const std::string& path : paths) targets_.push_back({TargetKind::BuildScript, "build-script-build", in_tree(path), {}, false});
  }

  const FileTree& tree_;
  const std::string& directory_;
  const TomlValue& document_;
  const std::string& package_;
  const std::string& edition_;
  const TomlValue* package_table_ = nullptr;
  std::vector<CargoTarget> targets_;
};

}  // namespace

std::vector<CargoTarget> find_targets(const FileTree& tree, const std::string& directory, const TomlValue& document,
                                      const std::string& package, const std::string& edition) {
  return Finder(tree, directory, document, package, edition).run();
}

}  // namespace farm::cargo_detail
