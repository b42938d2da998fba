// Purpose: recognises the Rust build in a Dockerfile: which stage runs `cargo chef prepare`, which `cargo chef cook`, which `cargo build`,
// with what flags, and what later stages take from it. What is not understood is said (`why_not`), never guessed: such a Dockerfile is
// built as it is. Findings are notes and warnings with file:line. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/dockerfile/dockerfile.hpp"
#include "shared/dockerfile/resolve.hpp"

namespace farm {

// What a cargo command line selects. All values are expanded (ARG, ENV) except where noted.
struct CargoFlags {
  std::string profile = "dev";        // "release" for --release
  std::vector<std::string> targets;   // --target
  std::vector<std::string> features;  // split at commas and blanks, sorted, unique
  bool all_features = false;
  bool no_default_features = false;
  std::vector<std::string> packages;  // -p / --package, in order
  std::vector<std::string> exclude;
  bool workspace = false;         // --workspace / --all
  std::vector<std::string> bins;  // --bin, in order
  bool all_bins = false;          // --bins
  bool all_targets = false;       // --all-targets, --tests, --benches, --examples, --example …
  bool lib = false;
  std::string manifest_path;
  std::string target_dir;           // --target-dir
  std::vector<std::string> config;  // --config
  std::string toolchain;            // "+nightly" → "nightly"
  bool locked = false;              // --locked or --frozen
  std::vector<std::string> others;  // what changes nothing in the plan (-v, -j, …) or isn't known, as written

  [[nodiscard]] bool selects_nothing() const {
    return packages.empty() && exclude.empty() && !workspace && bins.empty() && !all_bins && !all_targets && !lib;
  }
};

struct CacheMount {
  std::string target;  // absolute, expanded
  std::string id;
};

enum class CargoCommandKind { Prepare, Cook, Build };

struct CargoCommand {
  CargoCommandKind kind = CargoCommandKind::Build;
  std::size_t stage = 0;        // index into Dockerfile::stages
  std::size_t instruction = 0;  // index into Stage::instructions
  Place place;
  CargoFlags flags;
  std::map<std::string, std::string> environment;  // what changes a compile: CARGO_*, RUST*, CC, CFLAGS, … from ENV, ARG, prefix, export
  std::string workdir;                             // absolute, after `cd x &&`
  std::string target_directory;                    // absolute: --target-dir, CARGO_TARGET_DIR, or workdir/target
  std::string recipe_path;                         // Cook and Prepare; default "recipe.json"
  std::vector<CacheMount> cache_mounts;            // of its RUN
  bool alone = false;                              // the RUN has no other command but cd, export and assignments
  std::vector<std::string> bin_args;               // ARG names used as `--bin ${ARG}`
  std::set<std::string> args_in_text;              // ARG names that its RUN names
  std::size_t insert_at = 0;                       // offset in Dockerfile::text just behind `cook` or `build`
  struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  std::vector<Span> bin_spans;  // offsets in Dockerfile::text of each `--bin X`
};

// `COPY --from=<a stage of the Rust build>` in a later stage.
struct ArtifactCopy {
  std::size_t stage = 0;
  std::size_t instruction = 0;
  int line = 0;
  std::size_t from_stage = 0;
  std::vector<std::string> sources;  // absolute where the text is; expanded
  std::string destination;
};

struct RustStages {
  bool recognised = false;  // there is a cargo build that we understand in the target's stages
  std::string why_not;      // one sentence, with file:line, where not recognised
  std::optional<CargoCommand> prepare;
  std::optional<CargoCommand> cook;
  std::optional<CargoCommand> build;
  std::vector<ArtifactCopy> copies;

  // What the planner decides by. Each `false` has a finding that says why.
  bool deps_shareable = false;         // there is a cook, and no per-service ARG can change it
  bool deps_match_build = false;       // cook and build have the same flags, environment, workdir and target directory
  bool artifacts_in_layer = false;     // no cache mount hides target/ from the layers (of cook and build)
  std::set<std::string> service_args;  // the given per-service ARG names that the target's stages use
  std::vector<std::string> bins;       // binaries that this service's build makes by name (`--bin`), expanded; empty: not limited by --bin
};

struct RecogniseOptions {
  // Names of build args whose values differ between the services that are built from this Dockerfile.
  std::set<std::string> service_args{};
};

// The names whose values differ (or that only some have) among the given sets of build args.
std::set<std::string> differing_args(const std::vector<std::map<std::string, std::string>>& build_args);

Parsed<RustStages> recognise_rust(const Dockerfile& dockerfile, const ResolvedStages& resolved, const RecogniseOptions& options);

}  // namespace farm
