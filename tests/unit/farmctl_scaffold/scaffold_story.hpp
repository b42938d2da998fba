// Purpose: a project in memory, and what init makes of it.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "farmctl/scaffold/scaffold.hpp"
#include "shared/compose/read_compose.hpp"
#include "tests/support/project.hpp"

namespace farm::test {

inline const std::string kOverrideFile = "docker-compose.override.yml";

inline ComposeProject read_files(const MemoryTree& tree, const std::vector<std::string>& files) {
  ComposeRequest request;
  request.files = files;
  request.root_directory = "/project";
  Parsed<ComposeProject> compose = read_compose(tree, request);
  for (const Diagnostic& each : compose.diagnostics) EXPECT_NE(each.severity, Severity::Error) << to_string(each);
  return std::move(compose.value);
}

struct Initialised {
  Parsed<scaffold::Scaffold> parsed;

  // The text that init would write; "" where it writes no such file.
  [[nodiscard]] std::string file(const std::string& path) const {
    for (const scaffold::ScaffoldFile& each : parsed.value.files) {
      if (each.path == path) return each.text;
    }
    return "";
  }
  [[nodiscard]] scaffold::ScaffoldService service(const std::string& name) const {
    for (const scaffold::ScaffoldService& each : parsed.value.services) {
      if (each.service == name) return each;
    }
    ADD_FAILURE() << name << " is no Rust service: " << diagnostics();
    return {};
  }
  [[nodiscard]] std::vector<std::string> services() const {
    std::vector<std::string> names;
    for (const scaffold::ScaffoldService& each : parsed.value.services) names.push_back(each.service);
    return names;
  }
  [[nodiscard]] std::vector<std::string> paths() const {
    std::vector<std::string> names;
    for (const scaffold::ScaffoldFile& each : parsed.value.files) names.push_back(each.path);
    return names;
  }
  [[nodiscard]] std::string diagnostics() const {
    std::string text;
    for (const Diagnostic& each : parsed.diagnostics) text += to_string(each) + "\n";
    return text;
  }
};

inline Initialised init(const MemoryTree& tree) {
  const bool overridden = tree.files().contains(kOverrideFile);
  const ComposeProject base = read_files(tree, {"docker-compose.yml"});
  const ComposeProject whole = overridden ? read_files(tree, {"docker-compose.yml", kOverrideFile}) : base;
  return {scaffold::make_scaffold(tree, {base, whole, kOverrideFile})};
}

// The tree after `farmctl init --force`.
inline MemoryTree written(MemoryTree tree, const Initialised& done) {
  for (const scaffold::ScaffoldFile& file : done.parsed.value.files) tree.add(file.path, file.text);
  return tree;
}

// As submit would plan the project with its override: the override is merged by the compose reader.
inline Planned plan_with_override(const MemoryTree& tree) {
  const ComposeProject compose = read_files(tree, {"docker-compose.yml", kOverrideFile});
  ContextFiles contexts;
  for (const ContextId& id : contexts_of(compose, tree, {}).value) contexts.emplace(id, files_of(tree, id));
  return {make_plan(compose, tree, contexts, {})};
}

inline std::string lock_of(const std::vector<std::string>& packages) {
  std::string text = "version = 4\n\n";
  for (const std::string& each : packages) text += lock_package(each, "");
  return text + lock_package("itoa", "1.0.1");
}

// Two services and a crate that they share, none with a Dockerfile, each with its own folder as context.
inline MemoryTree fresh_workspace() {
  MemoryTree tree;
  tree.add("docker-compose.yml",
           "name: fresh\nservices:\n  gate:\n    build: ./services/gate\n  ledger_1:\n    build: ./services/ledger\n  db:\n    image: "
           "postgres\n");
  tree.add("Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"services/*\", \"money\"]\n");
  tree.add("Cargo.lock", lock_of({"gate", "ledger", "money"}));
  for (const std::string name : {"gate", "ledger"}) {
    tree.add("services/" + name + "/Cargo.toml", crate_toml(name, "money = { path = \"../../money\" }\nitoa = \"1\"\n"));
    tree.add("services/" + name + "/src/main.rs", "fn main() {}\n");
  }
  tree.add("money/Cargo.toml", crate_toml("money", ""));
  tree.add("money/src/lib.rs", "pub fn money() {}\n");
  return tree;
}

}  // namespace farm::test
