// Purpose: which features of the local crates are active, by the rules of cargo's feature resolver, and so which external dependencies they
// ask for, with which features. Internal to shared/cargo. Pure.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "shared/cargo/workspace.hpp"

namespace farm::cargo_detail {

// A local crate, for the target or for the host (build scripts, proc macros), which have features of their own from resolver 2 on.
using Unit = std::pair<std::size_t, bool>;

struct Activation {
  std::set<std::string> features;
  std::set<std::string> optional;                      // keys of optional dependencies that are switched on
  std::map<std::string, std::set<std::string>> extra;  // dependency key → features beyond its declaration, also "x?/f"
};

class LocalFeatures {
 public:
  // Dev-dependencies of these crates count too (resolver 1).
  LocalFeatures(const Workspace& workspace, std::set<std::size_t> with_dev);

  void activate(std::size_t crate, const std::set<std::string>& features, bool default_features);
  // Carries all consequences out.
  void settle();

  [[nodiscard]] const std::map<Unit, Activation>& units() const { return units_; }
  // What was asked for from outside.
  [[nodiscard]] const std::map<Unit, std::set<std::string>>& roots() const { return roots_; }
  [[nodiscard]] bool is_active(const Unit& unit, const Dependency& dependency) const;
  // The unit of a local dependency, seen from `unit`.
  [[nodiscard]] Unit unit_of(const Unit& unit, const Dependency& dependency) const;

 private:
  struct Task {
    Unit unit;
    std::string value;  // a feature's value: "f", "dep:x", "x/f", "x?/f"; "" brings the unit in
  };
  void enter(const Unit& unit);
  void take(const Task& task);
  void take_dependency_feature(const Unit& unit, const std::string& name, const std::string& feature, bool weak);
  void switch_on(const Unit& unit, const std::string& key);
  void visit(const Unit& unit, const Dependency& dependency);
  [[nodiscard]] bool is_implicit(const Crate& crate, const std::string& name) const;

  const Workspace& workspace_;
  std::set<std::size_t> with_dev_;
  bool decoupled_ = true;
  std::map<Unit, Activation> units_;
  std::map<Unit, std::set<std::string>> roots_;
  std::deque<Task> tasks_;
};

}  // namespace farm::cargo_detail
