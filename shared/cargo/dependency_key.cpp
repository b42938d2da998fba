#include "shared/cargo/dependency_key.hpp"

#include <algorithm>
#include <array>

#include "shared/cargo/external.hpp"
#include "shared/cargo/features.hpp"
#include "shared/cargo/graph.hpp"
#include "shared/hash/sha256.hpp"

namespace farm {
namespace {

using namespace cargo_detail;

// Settings that can't change what is compiled, or how. Everything else in a config file is in the key.
bool is_harmless_config(const std::string& key) {
  constexpr std::array<std::string_view, 8> kTables = {"alias.", "term.",    "net.",       "http.",
                                                       "doc.",   "install.", "cargo-new.", "future-incompat-report."};
  const auto starts = [&](std::string_view table) { return key.starts_with(table); };
  if (std::any_of(kTables.begin(), kTables.end(), starts)) return true;
  return key == "build.jobs" || (key.starts_with("target.") && key.ends_with(".runner"));
}

class KeyMaker {
 public:
  KeyMaker(const Workspace& workspace, const DependencySelection& selection) : workspace_(workspace), selection_(selection) {}

  Result<DependencyKey> run() {
    if (Result<void> selected = select(); !selected) return selected.error();
    add("resolver", workspace_.resolver == "1" ? "1" : "2");
    add_profile();
    for (const auto& [name, text] : workspace_.patches) add(name, text);
    add_config();
    add_toolchain();
    add_list("target", selection_.targets);
    for (const auto& [name, value] : selection_.environment) add("env." + name, value);
    if (Result<void> added = add_externals(); !added) return added.error();
    KeyHasher hasher("farm.dependencies.v1");
    hasher.list("inputs", key_.inputs.size());
    for (const KeyInput& input : key_.inputs) hasher.field(input.name, input.value);
    key_.digest = hasher.finish();
    return std::move(key_);
  }

 private:
  void add(std::string name, std::string value) { key_.inputs.push_back({std::move(name), std::move(value)}); }
  void add_list(const std::string& name, std::vector<std::string> values) {
    std::sort(values.begin(), values.end());
    for (std::string& value : values) add(name, std::move(value));
  }
  static Error refuse(const std::string& message) { return {ErrorKind::InvalidInput, "dependency key: " + message}; }

  // The packages whose features cargo unifies, and those that own what is built.
  Result<void> select() {
    const std::vector<Crate>& crates = workspace_.crates;
    for (const std::string& name : selection_.packages) {
      const std::optional<std::size_t> found = workspace_.find_crate(name.substr(0, name.find('@')));
      if (!found) return refuse("the workspace has no package '" + name + "'");
      selected_.insert(*found);
    }
    if (selection_.packages.empty()) {
      for (std::size_t i = 0; i < crates.size(); ++i) {
        const bool wanted = selection_.workspace ? crates[i].member : crates[i].default_member;
        const bool excluded = std::find(selection_.exclude.begin(), selection_.exclude.end(), crates[i].name) != selection_.exclude.end();
        if (wanted && !excluded) selected_.insert(i);
      }
    }
    if (selection_.bins.empty()) built_ = selected_;
    for (const std::string& bin : selection_.bins) {
      bool found = false;
      for (const std::size_t crate : selected_) {
        for (const CargoTarget& target : crates[crate].targets) {
          if (target.kind != TargetKind::Bin || target.name != bin) continue;
          built_.insert(crate);
          found = true;
        }
      }
      if (!found) return refuse("no selected package has a binary '" + bin + "'");
    }
    return {};
  }

  // The profile with those that it inherits from. Cargo's own defaults go with the version of cargo.
  void add_profile() {
    std::vector<std::string> chain;
    std::string name = selection_.profile;
    while (!name.empty() && std::find(chain.begin(), chain.end(), name) == chain.end()) {
      chain.push_back(name);
      const auto inherits = workspace_.profile_inherits.find(name);
      name = inherits != workspace_.profile_inherits.end() ? inherits->second : name == "test" ? "dev" : name == "bench" ? "release" : "";
    }
    for (const std::string& each : chain) {
      const auto table = workspace_.profiles.find(each);
      add("profile." + each, table == workspace_.profiles.end() ? "" : table->second);
      profile_prefixes_.push_back("profile." + each + ".");
    }
  }

  void add_config() {
    for (const auto& [name, value] : workspace_.config) {
      if (is_harmless_config(name)) continue;
      const auto is_used = [&](const std::string& prefix) { return name.starts_with(prefix); };
      if (name.starts_with("profile.") && std::none_of(profile_prefixes_.begin(), profile_prefixes_.end(), is_used)) continue;
      add("config." + name, value);
    }
  }

  void add_toolchain() {
    const std::string& channel = workspace_.toolchain_channel;
    // A file that names the rustc of the image changes nothing ("1.95" is any 1.95.x, and the image has one).
    const bool same = !selection_.rustc.empty() && (channel == selection_.rustc || selection_.rustc.starts_with(channel + "."));
    if (!same && !workspace_.toolchain_file.empty()) add("toolchain", channel);
    for (const auto& [name, value] : workspace_.toolchain) {
      if (name != "components" && name != "profile") add("toolchain." + name, value);
    }
  }

  Result<void> activate(LocalFeatures& features) {
    std::set<std::string> unknown(selection_.features.begin(), selection_.features.end());
    for (const std::size_t index : selected_) {
      const Crate& crate = workspace_.crates[index];
      std::set<std::string> wanted;
      for (const std::string& feature : selection_.features) {
        const bool own = feature.starts_with(crate.name + "/");
        const std::string name = own ? feature.substr(crate.name.size() + 1) : feature;
        const std::string dependency = name.substr(0, name.find_first_of("?/"));
        const bool known =
            crate.features.contains(name) || std::any_of(crate.dependencies.begin(), crate.dependencies.end(), [&](const Dependency& each) {
              return each.key == dependency && (each.optional || dependency != name);
            });
        if (!known) continue;
        wanted.insert(name);
        unknown.erase(feature);
      }
      if (selection_.all_features) {
        for (const auto& [name, values] : crate.features) wanted.insert(name);
        for (const Dependency& dependency : crate.dependencies) {
          if (dependency.optional) wanted.insert("dep:" + dependency.key);
        }
      }
      features.activate(index, wanted, !selection_.no_default_features || selection_.all_features);
    }
    if (!unknown.empty()) return refuse("no selected package has the feature '" + *unknown.begin() + "'");
    features.settle();
    return {};
  }

  Result<void> add_externals() {
    // With resolver 1, dev-dependencies of the selected packages switch features on as well.
    LocalFeatures features(workspace_, workspace_.resolver == "1" ? selected_ : std::set<std::size_t>());
    if (Result<void> activated = activate(features); !activated) return activated;
    const ExternalPlan plan = plan_externals(workspace_, features, built_);
    for (const KeyInput& input : plan.inputs) add(input.name, input.value);
    key_.locked = plan.locked;
    return {};
  }

  const Workspace& workspace_;
  const DependencySelection& selection_;
  std::set<std::size_t> selected_;
  std::set<std::size_t> built_;
  std::vector<std::string> profile_prefixes_;
  DependencyKey key_;
};

}  // namespace

Result<DependencyKey> dependency_key(const Workspace& workspace, const DependencySelection& selection) {
  return KeyMaker(workspace, selection).run();
}

}  // namespace farm
