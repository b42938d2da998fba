// Purpose: the dependency key: a digest of everything in a workspace that can change which external crates are compiled, and how. Pure.
//
// In it: the resolver, the used profile (with what it inherits), [patch] and [replace], the config keys that matter, the toolchain file
// unless it names `rustc`, target triples, the features that local crates switch on in external ones, and the lockfile pruned to what these
// reach. Left out, because the external compile plan can't depend on it: names, versions, descriptions, authors, metadata, [lints], readme,
// targets of any kind, inactive features, dev-dependencies (resolver 2 and 3), other profiles, members' profiles, config keys alias,
// build.jobs, term, net, http, doc, install. Not in it because the planner has it: base image, Dockerfile text, WORKDIR, tool versions, and
// the content of the skeleton's real directories (path dependencies outside the workspace, local patches).
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "shared/base/digest.hpp"
#include "shared/base/key_input.hpp"
#include "shared/base/result.hpp"
#include "shared/cargo/workspace.hpp"

namespace farm {

struct DependencySelection {
  std::vector<std::string> bins;      // the binaries to be built; empty: everything that `packages` or the default members have
  std::vector<std::string> packages;  // -p; empty: the workspace's default members (all of them with `workspace`)
  bool workspace = false;
  std::vector<std::string> exclude;
  std::vector<std::string> features;  // --features, of the selected packages ("crate/feature" too)
  bool all_features = false;
  bool no_default_features = false;
  std::string profile = "release";
  std::vector<std::string> targets;                // --target
  std::map<std::string, std::string> environment;  // CARGO_*, RUSTFLAGS, … that the command sees
  std::string rustc;                               // the version in the base image ("1.95.0"), "" where unknown
};

struct DependencyKey {
  Digest digest;
  std::vector<KeyInput> inputs;  // in the order in which they were hashed; for `farmctl explain`
  bool locked = false;           // every external dependency was found in the lockfile
};

// Errors: InvalidInput (an unknown binary, package or feature).
Result<DependencyKey> dependency_key(const Workspace& workspace, const DependencySelection& selection);

}  // namespace farm
