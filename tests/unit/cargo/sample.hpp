// A small workspace for tests: two services and a shared crate, with a lockfile.
#pragma once

#include <string>

#include "shared/base/file_tree.hpp"

namespace farm::sample {

inline std::string locked(const std::string& name, const std::string& version, const std::string& dependencies = "") {
  return "[[package]]\nname = \"" + name + "\"\nversion = \"" + version +
         "\"\nsource = \"registry+https://example.invalid/index\"\nchecksum = \"sum-" + name + "-" + version + "\"\n" +
         (dependencies.empty() ? "" : "dependencies = [" + dependencies + "]\n") + "\n";
}

inline MemoryTree workspace() {
  MemoryTree tree;
  tree.add("Cargo.toml", R"([workspace]
members = ["core", "services/*"]
resolver = "2"

[workspace.package]
version = "0.1.0"
edition = "2021"

[workspace.dependencies]
core = { path = "core" }
serde = { version = "1", features = ["derive"] }

[profile.release]
lto = false
)");
  tree.add("core/Cargo.toml", R"([package]
name = "core"
version.workspace = true
edition.workspace = true

[features]
default = []
extra = ["dep:either"]

[dependencies]
serde.workspace = true
either = { version = "1", optional = true }
)");
  tree.add("core/src/lib.rs", "pub fn f() {}\n");
  for (const std::string name : {"orders", "billing"}) {
    tree.add("services/" + name + "/Cargo.toml",
             "[package]\nname = \"" + name +
                 "\"\nversion.workspace = true\nedition.workspace = true\n\n[dependencies]\ncore.workspace = true\nitoa = \"1\"\n");
    tree.add("services/" + name + "/src/main.rs", "fn main() {}\n");
  }
  tree.add("Cargo.lock",
           "version = 4\n\n[[package]]\nname = \"core\"\nversion = \"0.1.0\"\ndependencies = [\"serde\", \"either\"]\n\n"
           "[[package]]\nname = \"orders\"\nversion = \"0.1.0\"\ndependencies = [\"core\", \"itoa\"]\n\n"
           "[[package]]\nname = \"billing\"\nversion = \"0.1.0\"\ndependencies = [\"core\", \"itoa\"]\n\n" +
               locked("serde", "1.0.1", "\"serde_core\", \"serde_derive\"") + locked("serde_core", "1.0.1") +
               locked("serde_derive", "1.0.1") + locked("itoa", "1.0.2") + locked("either", "1.9.0") + locked("log", "0.4.1"));
  return tree;
}

}  // namespace farm::sample
