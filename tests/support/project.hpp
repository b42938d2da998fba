// Purpose: a small compose project in memory (Dockerfile with a cook, three services, two shared crates), and its plan: what farmctl does
// with a project on disk, without a disk.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "shared/base/file_tree.hpp"
#include "shared/cargo/outside_paths.hpp"
#include "shared/compose/read_compose.hpp"
#include "shared/context/slice.hpp"
#include "shared/dockerfile/dockerignore.hpp"
#include "shared/hash/sha256.hpp"
#include "shared/plan/planner.hpp"

namespace farm::test {

// As walked: the context's files but those that the ignore file hides.
inline std::vector<SliceFile> files_of(const MemoryTree& tree, const ContextId& id) {
  IgnoreMatcher ignore;
  if (!id.ignore_file.empty()) ignore = IgnoreMatcher::parse(id.ignore_file, tree.files().at(id.ignore_file)).value;
  const std::string root = id.directory.empty() ? "" : id.directory + "/";
  std::vector<SliceFile> files;
  for (const auto& [path, bytes] : tree.files()) {
    if (!path.starts_with(root)) continue;
    const std::string relative = path.substr(root.size());
    if (!ignore.ignored(relative)) files.push_back(inline_file(relative, bytes));
  }
  return files;
}

struct Planned {
  Parsed<ProjectPlan> parsed;

  [[nodiscard]] const Plan& plan() const { return parsed.value.plan; }
  // The job of that name; fails the test where there is none.
  [[nodiscard]] const JobSpec& job(const std::string& name) const {
    static const JobSpec kNone;
    for (const JobSpec& each : plan().jobs) {
      if (each.name == name) return each;
    }
    ADD_FAILURE() << "the plan has no job '" << name << "'; it has " << names();
    return kNone;
  }
  [[nodiscard]] bool has(const std::string& name) const {
    for (const JobSpec& each : plan().jobs) {
      if (each.name == name) return true;
    }
    return false;
  }
  [[nodiscard]] std::string names() const {
    std::string text;
    for (const JobSpec& each : plan().jobs) text += (text.empty() ? "" : ", ") + each.name;
    return text;
  }
  [[nodiscard]] std::string diagnostics() const {
    std::string text;
    for (const Diagnostic& each : parsed.diagnostics) text += to_string(each) + "\n";
    return text;
  }
  // Paths of all files in a job's context, in slices of which `name` is a part of the name.
  [[nodiscard]] std::vector<std::string> paths(const std::string& job_name, const std::string& slice_name = "") const {
    std::vector<std::string> paths;
    for (const SliceUse& use : job(job_name).slices) {
      for (const PlannedSlice& slice : parsed.value.slices) {
        if (slice.slice.id != use.id || slice.slice.name.find(slice_name) == std::string::npos) continue;
        for (const SliceFile& file : slice.slice.files) paths.push_back(file.path);
      }
    }
    return paths;
  }
};

inline ComposeProject compose_of(const MemoryTree& tree, const std::vector<std::string>& wanted = {}) {
  ComposeRequest request;
  request.files = {"docker-compose.yml"};
  request.wanted = wanted;
  request.root_directory = "/project";
  Parsed<ComposeProject> compose = read_compose(tree, request);
  for (const Diagnostic& each : compose.diagnostics) EXPECT_NE(each.severity, Severity::Error) << to_string(each);
  return std::move(compose.value);
}

inline Planned plan_of(const MemoryTree& tree, const std::vector<std::string>& services = {}) {
  const ComposeProject compose = compose_of(tree, services);
  PlanRequest request;
  request.services = services;
  ContextFiles contexts;
  for (const ContextId& id : contexts_of(compose, tree, request).value) contexts.emplace(id, files_of(tree, id));
  for (const auto& [path, bytes] : tree.files()) {
    if (path.ends_with(".rs")) request.outside_paths[sha256(bytes)] = outside_paths(bytes);
  }
  Planned planned{make_plan(compose, tree, contexts, request)};
  if (planned.parsed.ok()) {
    const Result<void> checked = check_plan(planned.plan());
    EXPECT_TRUE(checked) << checked.error().message;
  }
  return planned;
}

inline constexpr const char* kDockerfile = R"(ARG RUST=1.95.0
FROM rust:${RUST}-bookworm AS chef
WORKDIR /app

FROM chef AS planner
COPY . .
RUN cargo chef prepare --recipe-path recipe.json

FROM chef AS dependencies
COPY --from=planner /app/recipe.json recipe.json
RUN cargo chef cook --release --recipe-path recipe.json

FROM dependencies AS builder
COPY . .
ARG SERVICE
RUN cargo build --release --bin ${SERVICE}

FROM debian:bookworm-slim AS runtime
ARG SERVICE
RUN useradd app
COPY --from=builder /app/target/release/${SERVICE} /usr/local/bin/service
ENTRYPOINT ["/usr/local/bin/service"]
)";

inline std::string service_yaml(const std::string& name, const std::string& more = "") {
  return "  " + name + ":\n    image: shop/" + name + "\n    build:\n      context: .\n      args:\n        SERVICE: " + name + "\n" + more;
}

inline std::string crate_toml(const std::string& name, const std::string& dependencies) {
  return "[package]\nname = \"" + name + "\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\n" + dependencies;
}

inline std::string lock_package(const std::string& name, const std::string& version, const std::string& dependencies = "") {
  const bool local = version.empty();
  std::string text = "[[package]]\nname = \"" + name + "\"\nversion = \"" + (local ? "0.1.0" : version) + "\"\n";
  if (!local) text += "source = \"registry+https://example.invalid/index\"\nchecksum = \"sum-" + name + "-" + version + "\"\n";
  if (!dependencies.empty()) text += "dependencies = [" + dependencies + "]\n";
  return text + "\n";
}

// Services api and worker use crate core, api and mail use crate text, mail uses an external crate of its own.
inline MemoryTree shop() {
  MemoryTree tree;
  tree.add("docker-compose.yml", "name: shop\nservices:\n" + service_yaml("api") + service_yaml("mail") + service_yaml("worker"));
  tree.add("Dockerfile", kDockerfile);
  tree.add(".dockerignore", "docker-compose.yml\nDockerfile*\n.dockerignore\n*.md\n");
  tree.add("README.md", "The shop.\n");
  tree.add("Cargo.toml",
           "[workspace]\nmembers = [\"crates/*\", \"services/*\"]\nresolver = \"2\"\n\n[profile.release]\nlto = "
           "false\n\n[profile.dev]\nopt-level = 0\n");
  tree.add("Cargo.lock", "version = 4\n\n" + lock_package("api", "", "\"core\", \"text\"") + lock_package("core", "", "\"serde\"") +
                             lock_package("mail", "", "\"text\", \"base64\"") + lock_package("text", "", "\"itoa\"") +
                             lock_package("worker", "", "\"core\"") + lock_package("base64", "0.22.0") + lock_package("itoa", "1.0.2") +
                             lock_package("serde", "1.0.1") + lock_package("unused", "3.0.0"));
  tree.add("crates/core/Cargo.toml", crate_toml("core", "serde = { version = \"1\", features = [\"derive\"] }\n"));
  tree.add("crates/core/src/lib.rs", "pub fn core() {}\n");
  tree.add("crates/text/Cargo.toml", crate_toml("text", "itoa = \"1\"\n"));
  tree.add("crates/text/src/lib.rs", "pub fn text() {}\n");
  tree.add("services/api/Cargo.toml",
           crate_toml("api", "core = { path = \"../../crates/core\" }\ntext = { path = \"../../crates/text\" }\n"));
  tree.add("services/mail/Cargo.toml", crate_toml("mail", "text = { path = \"../../crates/text\" }\nbase64 = \"0.22\"\n"));
  tree.add("services/worker/Cargo.toml", crate_toml("worker", "core = { path = \"../../crates/core\" }\n"));
  for (const std::string name : {"api", "mail", "worker"}) {
    tree.add("services/" + name + "/src/main.rs", "fn main() { /* " + name + " */ }\n");
    tree.add("services/" + name + "/src/routes.rs", "// " + name + "\n");
  }
  return tree;
}

inline MemoryTree edited(MemoryTree tree, const std::string& path, const std::string& from, const std::string& to) {
  std::string text = tree.files().at(path);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << path << " has no '" << from << "'";
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return std::move(tree.add(path, text));
}

// Cook and build in one stage.
inline MemoryTree one_stage() {
  MemoryTree tree = edited(shop(), "Dockerfile", "\nFROM dependencies AS builder\nCOPY . .", "COPY . .");
  return edited(std::move(tree), "Dockerfile", "--from=builder", "--from=dependencies");
}

}  // namespace farm::test
