#include "tests/differential/cargo/random_workspace.hpp"

#include <algorithm>

namespace farm::test {
namespace {

struct External {
  const char* name;
  const char* version;
  std::vector<std::string> features;
};

// Tiny packages of the registry, some of which use each other, with features that reach further.
const std::vector<External>& catalogue() {
  static const std::vector<External> kList = {{"itoa", "1", {}},
                                              {"cfg-if", "1", {}},
                                              {"bitflags", "2", {"std", "serde"}},
                                              {"once_cell", "1", {"alloc", "race"}},
                                              {"either", "1", {"use_std", "serde"}},
                                              {"memchr", "2", {"alloc", "std"}},
                                              {"log", "0.4", {"std", "serde"}},
                                              {"serde", "1", {"rc", "alloc", "derive"}}};
  return kList;
}

template <typename T>
T& pick(Rng& rng, std::vector<T>& list) {
  return list[rng.below(list.size())];
}

std::set<std::string> some_of(Rng& rng, const std::vector<std::string>& list, std::uint32_t per_mille) {
  std::set<std::string> chosen;
  for (const std::string& item : list) {
    if (rng.chance(per_mille)) chosen.insert(item);
  }
  return chosen;
}

const External& find_external(const std::string& name) {
  return *std::find_if(catalogue().begin(), catalogue().end(), [&](const External& each) { return each.name == name; });
}

std::string quoted_list(const std::set<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "\"" : ", \"") + item + "\"";
  return "[" + text + "]";
}

std::string key_of(const ModelDependency& dependency) { return dependency.renamed ? "re_" + dependency.name : dependency.name; }

std::string line_of(const ModelDependency& dependency) {
  std::string text = key_of(dependency) + " = { ";
  text += dependency.local ? "path = \"../" + dependency.name + "\""
                           : "version = \"" + std::string(find_external(dependency.name).version) + "\"";
  if (dependency.renamed) text += ", package = \"" + dependency.name + "\"";
  if (!dependency.features.empty()) text += ", features = " + quoted_list(dependency.features);
  if (!dependency.default_features) text += ", default-features = false";
  if (dependency.optional) text += ", optional = true";
  return text + " }\n";
}

std::string manifest_of(const ModelCrate& crate) {
  std::string text = "[package]\nname = \"" + crate.name + "\"\nversion = \"0.1.0\"\nedition = \"2021\"\n" + crate.package_extra;
  if (crate.proc_macro) text += "[lib]\nproc-macro = true\n";
  if (!crate.features.empty()) text += "[features]\n";
  for (const auto& [name, values] : crate.features) text += name + " = " + quoted_list(values) + "\n";
  std::map<std::string, std::string> tables;
  for (const ModelDependency& dependency : crate.dependencies) {
    tables[(dependency.platform.empty() ? "" : "target.'" + dependency.platform + "'.") + dependency.kind] += line_of(dependency);
  }
  for (const auto& [name, lines] : tables) text += "[" + name + "]\n" + lines;
  return text + crate.manifest_extra;
}

bool uses(const ModelCrate& crate, const std::string& name) {
  return std::any_of(crate.dependencies.begin(), crate.dependencies.end(), [&](const ModelDependency& each) { return each.name == name; });
}

// A dependency of a crate at `index`; an empty name where there is nothing left to take.
ModelDependency random_dependency(Rng& rng, const Model& model, std::size_t index) {
  ModelDependency dependency;
  const bool local = index > 0 && rng.chance(400);
  if (local) {
    const ModelCrate& other = model.crates[rng.below(index)];
    if (!other.library) return dependency;
    dependency.local = true;
    dependency.name = other.name;
    std::vector<std::string> names;
    for (const auto& [name, values] : other.features) names.push_back(name);
    dependency.features = some_of(rng, names, 400);
  } else {
    const External& external = catalogue()[rng.below(catalogue().size())];
    dependency.name = external.name;
    dependency.features = some_of(rng, external.features, 350);
    dependency.renamed = rng.chance(100);
  }
  dependency.default_features = rng.chance(750);
  if (rng.chance(120)) dependency.platform = rng.chance(500) ? "cfg(unix)" : "cfg(windows)";
  const std::uint64_t kind = rng.below(10);
  dependency.kind = kind < 7 ? "dependencies" : kind < 9 ? "build-dependencies" : "dev-dependencies";
  dependency.optional = dependency.kind == "dependencies" && rng.chance(250);
  return dependency;
}

void add_dependency(Rng& rng, Model& model, std::size_t index) {
  ModelDependency dependency = random_dependency(rng, model, index);
  if (!dependency.name.empty() && !uses(model.crates[index], dependency.name))
    model.crates[index].dependencies.push_back(std::move(dependency));
}

void add_feature(Rng& rng, ModelCrate& crate, bool may_be_default) {
  std::set<std::string> values;
  for (const ModelDependency& dependency : crate.dependencies) {
    if (dependency.kind == "dev-dependencies" || !rng.chance(500)) continue;
    const std::string key = key_of(dependency);
    if (dependency.optional)
      values.insert(rng.chance(300) ? "dep:" + key : rng.chance(600) ? key : key + "/" + (dependency.local ? "default" : "std"));
    if (!dependency.optional && !dependency.local) {
      const std::set<std::string> wanted = some_of(rng, find_external(dependency.name).features, 400);
      for (const std::string& feature : wanted) values.insert(key + "/" + feature);
    }
  }
  // Only what exists may be named
  std::erase_if(values, [&](const std::string& value) {
    const std::size_t slash = value.find('/');
    if (slash == std::string::npos) return false;  // "dep:x", or "x", which cargo refuses where "dep:x" stands elsewhere
    for (const ModelDependency& dependency : crate.dependencies) {
      if (key_of(dependency) != value.substr(0, slash)) continue;
      if (dependency.local) return true;
      const std::vector<std::string>& known = find_external(dependency.name).features;
      return std::find(known.begin(), known.end(), value.substr(slash + 1)) == known.end();
    }
    return true;
  });
  const std::string name = may_be_default && rng.chance(700) ? "default" : "f" + std::to_string(rng.below(3));
  crate.features[name] = std::move(values);
}

}  // namespace

std::map<std::string, std::string> Model::render() const {
  std::map<std::string, std::string> files = extra_files;
  std::string root = "[workspace]\nresolver = \"" + resolver + "\"\nmembers = [\"crates/*\"]\n" + root_extra;
  for (const auto& [name, settings] : profiles) {
    root += "[profile." + name + "]\n";
    for (const auto& [key, value] : settings) root += key + " = " + value + "\n";
  }
  files["Cargo.toml"] = root;
  for (const ModelCrate& crate : crates) {
    const std::string folder = "crates/" + crate.name + "/";
    files[folder + "Cargo.toml"] = manifest_of(crate);
    if (crate.library) files[folder + "src/lib.rs"] = "";
    if (crate.build_script) files[folder + "build.rs"] = "fn main() {}\n";
    for (const std::string& bin : crate.bins) files[folder + "src/bin/" + bin + ".rs"] = "fn main() {}\n";
    for (const std::string& file : crate.extra_files) files[folder + file] = "fn main() {}\n";
  }
  return files;
}

std::vector<std::string> Model::bins() const {
  std::set<std::string> names;
  for (const ModelCrate& crate : crates) names.insert(crate.bins.begin(), crate.bins.end());
  return {names.begin(), names.end()};
}

Model random_model(Rng& rng) {
  Model model;
  model.resolver = rng.chance(250) ? "1" : "2";
  const std::size_t count = 3 + rng.below(4);
  for (std::size_t i = 0; i < count; ++i) {
    ModelCrate crate;
    const bool service = i + 2 >= count;
    crate.name = (service ? "svc" : "lib") + std::to_string(i);
    crate.library = !service;
    crate.proc_macro = !service && rng.chance(150);
    crate.build_script = rng.chance(250);
    if (service) crate.bins.insert(crate.name);
    model.crates.push_back(std::move(crate));
    for (std::uint64_t k = 1 + rng.below(4); k > 0; --k) add_dependency(rng, model, i);
    if (rng.chance(600)) add_feature(rng, model.crates[i], true);
    if (rng.chance(400)) add_feature(rng, model.crates[i], false);
  }
  if (rng.chance(500)) model.profiles["release"]["opt-level"] = std::to_string(rng.below(4));
  return model;
}

std::string random_edit(Rng& rng, Model& model) {
  const std::size_t index = rng.below(model.crates.size());
  ModelCrate& crate = model.crates[index];
  const std::string at = " of " + crate.name;
  switch (rng.below(26)) {
    case 0: return crate.package_extra += "# x\n", "a comment" + at;
    case 1:
      return crate.package_extra = "description = \"d" + std::to_string(rng.below(99)) + "\"\nauthors = [\"a\"]\nreadme = \"R.md\"\n",
             "description" + at;
    case 2: return crate.manifest_extra = "[package.metadata.x]\ny = " + std::to_string(rng.below(99)) + "\n", "metadata" + at;
    case 3: return model.root_extra = "[workspace.metadata]\nx = 1\n", std::string("workspace metadata");
    case 4: return crate.extra_files.insert(rng.chance(500) ? "tests/t.rs" : "examples/e.rs"), "a test or example" + at;
    case 5: return crate.bins.insert("extra_" + crate.name), "a binary" + at;
    case 6: return crate.build_script = !crate.build_script, "the build script" + at;
    case 7: return crate.library = crate.library || crate.name.starts_with("svc"), "lib.rs" + at;
    case 8: return model.profiles["dev"]["opt-level"] = std::to_string(rng.below(3)), std::string("profile.dev");
    case 9: return model.profiles["release"]["codegen-units"] = std::to_string(1 + rng.below(4)), std::string("profile.release");
    case 10:
      return model.extra_files[".cargo/config.toml"] = "[build]\njobs = " + std::to_string(1 + rng.below(4)) + "\n",
             std::string("config jobs");
    case 11: return crate.features["unused"] = {}, "an unused feature" + at;
    case 12: {
      ModelDependency dev;
      dev.name = catalogue()[rng.below(catalogue().size())].name;
      dev.kind = "dev-dependencies";
      if (!uses(crate, dev.name)) crate.dependencies.push_back(dev);
      return "a dev-dependency" + at;
    }
    case 13: {
      ModelCrate copy = crate;
      copy.name = "new" + std::to_string(model.crates.size());
      copy.bins = {copy.name};
      model.crates.push_back(std::move(copy));
      return "a new member like" + at.substr(3);
    }
    case 14: return model.resolver = model.resolver == "1" ? "2" : "1", std::string("resolver");
    case 15:
    case 16: return add_dependency(rng, model, index), "a dependency" + at;
    case 17:
    case 22:
    case 23:
    case 24: return add_feature(rng, crate, true), "a feature" + at;
    default: break;
  }
  if (crate.dependencies.empty()) return "nothing" + at;
  ModelDependency& dependency = pick(rng, crate.dependencies);
  if (rng.chance(300)) return dependency.default_features = !dependency.default_features, "default features of " + dependency.name + at;
  if (!dependency.local)
    return dependency.features = some_of(rng, find_external(dependency.name).features, 400), "features of " + dependency.name + at;
  const auto other =
      std::find_if(model.crates.begin(), model.crates.end(), [&](const ModelCrate& each) { return each.name == dependency.name; });
  std::vector<std::string> names;
  for (const auto& [name, values] : other->features) names.push_back(name);
  return dependency.features = some_of(rng, names, 500), "features of local " + dependency.name + at;
}

Model everything() {
  Model model;
  ModelCrate crate;
  crate.name = "all";
  crate.bins = {"all"};
  for (const External& external : catalogue()) {
    ModelDependency dependency;
    dependency.name = external.name;
    dependency.features = {external.features.begin(), external.features.end()};
    crate.dependencies.push_back(std::move(dependency));
  }
  model.crates.push_back(std::move(crate));
  return model;
}

}  // namespace farm::test
