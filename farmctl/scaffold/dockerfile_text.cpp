#include "farmctl/scaffold/dockerfile_text.hpp"

#include <algorithm>
#include <set>

namespace farm::scaffold {
namespace {

constexpr const char* kChef = "lukemathwalker/cargo-chef:latest-rust-";

struct Needs {
  const char* crate;
  const char* build;
  const char* runtime;
};
// Crates that link against, or run, something of the system. rust's own images have libssl-dev, pkg-config and a C compiler.
constexpr Needs kNeeds[] = {{"openssl-sys", "", "libssl3"},
                            {"pq-sys", "libpq-dev", "libpq5"},
                            {"mysqlclient-sys", "libmariadb-dev", "libmariadb3"},
                            {"prost-build", "protobuf-compiler", ""},
                            {"cmake", "cmake", ""},
                            {"bindgen", "libclang-dev", ""},
                            {"rustls-native-certs", "", "ca-certificates"},
                            {"openssl-probe", "", "ca-certificates"}};

bool has_space(const std::string& path) { return path.find_first_of(" \t\"") != std::string::npos; }

std::string copy(const std::string& from, const std::string& to) {
  if (!has_space(from) && !has_space(to)) return "COPY " + from + " " + to + "\n";
  return "COPY [\"" + from + "\", \"" + to + "\"]\n";
}

std::string lines(const std::vector<std::string>& instructions) {
  std::string text;
  for (const std::string& each : instructions) text += each + "\n";
  return text;
}

bool is_version(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789.") == std::string::npos && text.front() != '.' && text.back() != '.';
}

}  // namespace

std::string workdir_of(const std::string& root, const std::vector<std::string>& beside) {
  return beside.empty() || root.empty() ? "/app" : "/app/" + root;
}

std::string dockerfile_text(const DockerfileParts& parts) {
  const std::string workdir = workdir_of(parts.root, parts.beside);
  std::string others;
  for (const std::string& folder : parts.beside) others += copy(folder + "/", "/app/" + folder + "/");
  const std::string sources = parts.root.empty() ? copy(".", ".") : copy(parts.root + "/", "./") + others;
  const std::string where = parts.root.empty() ? "this folder" : parts.root + "/";

  std::string text =
      "# Written by `farmctl init`. One Dockerfile for all Rust services of " + where + "; the build argument " + parts.argument +
      "\n# names the binary. Dependencies are compiled in a layer of their own, which is the same for all services: " + parts.argument +
      "\n# is declared only after it.\n\nFROM " + parts.image + " AS chef\n";
  text += lines(parts.before);
  if (!parts.has_cargo_chef) text += "RUN cargo install cargo-chef --locked\n";
  text += "WORKDIR " + workdir + "\n";
  if (!parts.toolchain_file.empty()) {
    text += "# The toolchain that this file names, installed once.\n" + copy(parts.toolchain_file, "./") + "RUN cargo --version\n";
  }
  text += "\n# What the workspace depends on, without any of its code.\nFROM chef AS planner\n" + sources +
          "RUN cargo chef prepare --recipe-path recipe.json\n";
  text += "\n# Every external crate, compiled once. Changes only when the dependencies do.\nFROM chef AS dependencies\n";
  text += copy(workdir + "/recipe.json", "recipe.json").insert(5, "--from=planner ") + others;
  text += "RUN cargo chef cook " + parts.flags + " --recipe-path recipe.json\n";
  text += "\n# Our own code.\nFROM dependencies AS builder\n" + sources + lines(parts.late) + "ARG " + parts.argument +
          "\nRUN cargo build " + parts.flags + " --bin ${" + parts.argument + "}\n";
  for (const ShippingStage& stage : parts.ships) {
    text += "\n# What ships.\nFROM " + stage.image + " AS " + stage.name + "\n" + stage.instructions;
  }
  return text;
}

CompileImage compile_image(const Workspace& workspace, const std::string& own_image) {
  CompileImage image;
  std::string version = workspace.toolchain_channel == "stable" ? "" : workspace.toolchain_channel;
  if (!version.empty() && !is_version(version)) {  // nightly, beta: rustup gets it
    version.clear();
    image.install_toolchain = true;
  }
  image.install_toolchain =
      image.install_toolchain || workspace.toolchain.contains("components") || workspace.toolchain.contains("targets");
  if (own_image.find("/cargo-chef:") != std::string::npos) {
    image.image = own_image;
    return image;
  }
  const bool official = own_image.starts_with("rust:");
  std::string variant = "-bookworm";
  if (official) {
    const std::string tag = own_image.substr(5);
    const std::string own_version = tag.substr(0, tag.find('-'));
    variant = tag.find('-') == std::string::npos ? "" : tag.substr(tag.find('-'));
    if (!is_version(own_version) && own_version != "latest") variant = "-" + tag;  // rust:bookworm, rust:alpine
    if (version.empty() && is_version(own_version)) version = own_version;
  }
  const bool known = variant.empty() || variant == "-bookworm" || variant == "-bullseye" || variant == "-trixie";
  if (own_image.empty() || (official && known)) {
    image.image = kChef + (version.empty() ? "1" : version) + variant;
    return image;
  }
  image.image = own_image;
  image.has_cargo_chef = false;
  return image;
}

SystemPackages system_packages(const Workspace& workspace) {
  std::set<std::string> locked;
  if (workspace.lockfile) {
    for (const LockPackage& package : workspace.lockfile->packages) locked.insert(package.name);
  }
  std::set<std::string> build;
  std::set<std::string> runtime;
  for (const Needs& needs : kNeeds) {
    const bool bundled = std::string_view(needs.crate) == "openssl-sys" && locked.contains("openssl-src");
    if (!locked.contains(needs.crate) || bundled) continue;
    if (*needs.build != '\0') build.insert(needs.build);
    if (*needs.runtime != '\0') runtime.insert(needs.runtime);
  }
  return {{build.begin(), build.end()}, {runtime.begin(), runtime.end()}};
}

std::string apt_get(const std::vector<std::string>& packages) {
  if (packages.empty()) return "";
  std::string text = "RUN apt-get update && apt-get install -y --no-install-recommends";
  for (const std::string& package : packages) text += " " + package;
  return text + " && rm -rf /var/lib/apt/lists/*\n";
}

ShippingStage plain_stage(const Workspace& workspace, const std::string& argument, const std::string& binary_folder) {
  ShippingStage stage;
  stage.image = "debian:bookworm-slim";
  stage.instructions = apt_get(system_packages(workspace).runtime) + "ARG " + argument + "\n" +
                       copy(binary_folder + "/${" + argument + "}", "/usr/local/bin/service").insert(5, "--from=builder ") +
                       "USER 65534:65534\nENTRYPOINT [\"/usr/local/bin/service\"]\n";
  return stage;
}

}  // namespace farm::scaffold
