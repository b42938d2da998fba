// Purpose: small random Cargo workspaces, and random edits of them, for comparing the reader with cargo itself. The same seed gives the
// same.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "shared/base/random.hpp"

namespace farm::test {

struct ModelDependency {
  std::string name;  // an external package, or a local crate
  bool local = false;
  std::string kind = "dependencies";
  std::string platform;  // "" or a cfg
  bool optional = false;
  bool default_features = true;
  bool renamed = false;
  std::set<std::string> features;
};

struct ModelCrate {
  std::string name;
  bool library = true;
  bool proc_macro = false;
  bool build_script = false;
  std::set<std::string> bins;  // src/bin/NAME.rs
  std::vector<ModelDependency> dependencies;
  std::map<std::string, std::set<std::string>> features;
  std::string package_extra;          // lines in [package]
  std::string manifest_extra;         // tables at the end
  std::set<std::string> extra_files;  // tests/t.rs, …
};

struct Model {
  std::string resolver = "2";
  std::vector<ModelCrate> crates;  // a crate depends on earlier ones only
  std::map<std::string, std::map<std::string, std::string>> profiles;
  std::string root_extra;
  std::map<std::string, std::string> extra_files;

  [[nodiscard]] std::map<std::string, std::string> render() const;  // path → text
  [[nodiscard]] std::vector<std::string> bins() const;              // of the services, sorted
};

Model random_model(Rng& rng);
// Carries out one edit and says which.
std::string random_edit(Rng& rng, Model& model);
// A model that uses every external package with every feature, so that all of them can be downloaded once.
Model everything();

}  // namespace farm::test
