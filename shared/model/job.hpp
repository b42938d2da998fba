// Purpose: what is to be built, as plain values: one JobSpec per job of a plan. farmctl makes them (shared/plan), the coordinator completes
// their keys (coordinator/admission), agents carry them out (agent/build). No bytes, no I/O.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/digest.hpp"
#include "shared/base/key_input.hpp"
#include "shared/base/result.hpp"

namespace farm {

// Persisted and sent: never renumber.
enum class JobKind : std::uint8_t {
  Deps = 0,     // the cook stage from the skeleton context, cleaned of every member's artefacts
  Crates = 1,   // local crates that two or more services share, compiled once on top of deps
  Compile = 2,  // several binaries in one cargo run; its image holds just what the services copy from the build stage
  Image = 3,    // a service's image
};
std::string_view to_string(JobKind kind);

// An external image that a Dockerfile names. The coordinator pins it to a digest.
struct BaseImage {
  std::string reference;     // normalised: "docker.io/library/debian:bookworm-slim"
  std::string context_name;  // what BuildKit matches a named context with: "debian:bookworm-slim"
  friend bool operator==(const BaseImage&, const BaseImage&) = default;
};

using JobIndex = std::uint32_t;  // a job's place in its plan; upstream jobs come first

// The result of `job` replaces the stage (or named context) `stage` of the Dockerfile: --build-context stage=docker-image://…@sha256:…
// An empty stage is an edge only: the job waits, and nothing is replaced (x-farm.needs).
struct StageInput {
  std::string stage;
  JobIndex job = 0;
  friend bool operator==(const StageInput&, const StageInput&) = default;
};

// A slice that the job's context is made of. `compiled_below`: the crate's real artefacts are in the layer under the job, so its files
// keep an old mtime and cargo takes them as fresh; all others get an mtime newer than every layer.
struct SliceUse {
  Digest id;
  bool compiled_below = false;
  friend bool operator==(const SliceUse&, const SliceUse&) = default;
};

// An additional build context: from slices, or an external image.
struct NamedContext {
  std::string name;
  std::vector<SliceUse> slices;
  std::optional<BaseImage> image;
  friend bool operator==(const NamedContext&, const NamedContext&) = default;
};

// The other way to make an image: its build stage replaced by the compile job's result. Taken by the coordinator where several
// binaries are to be built; the image's key is the same either way.
struct CompileRoute {
  JobIndex job = 0;
  std::string stage;  // the build stage that is replaced
  std::string bin;    // the binary this image needs
  friend bool operator==(const CompileRoute&, const CompileRoute&) = default;
};

struct JobSpec {
  JobKind kind = JobKind::Image;
  std::string name;        // unique in the plan, for people: "deps", "image game_shard_rust"
  std::string dockerfile;  // the effective text
  std::string target;      // stage to build; empty: the last
  std::map<std::string, std::string> args;
  std::string platform;  // "linux/amd64"; empty: the agent's own
  std::vector<BaseImage> bases;
  std::vector<StageInput> inputs;
  std::vector<SliceUse> slices;       // the context
  std::vector<SliceUse> full_slices;  // the whole context, for the one retry without slicing; empty: `slices` is already all of it
  std::vector<NamedContext> contexts;
  std::vector<std::string> secrets;                 // ids; values travel apart and are never stored
  std::vector<std::string> agent_labels;            // what an agent must have: "gpu", "zone=eu"
  std::map<std::string, std::string> image_labels;  // --label, on the result
  std::string network;                              // of RUN: "" (default), "none", "host"
  std::vector<std::string> extra_hosts;             // "name=address"
  std::int64_t shm_size_bytes = 0;                  // 0: BuildKit's default
  std::string
      cache_name;  // not empty: no layer is shared for it, so it gets a registry cache of its own, R/farm/cache:<cache_name> (mode=max)
  std::string repository;            // where the result goes in the registry: "farm/deps", "market/orchestrator"
  std::vector<KeyInput> key_inputs;  // everything of the plan that can change the result, in canonical order; "dockerfile" is one of them
  std::vector<std::string> bins;     // the binaries that this job compiles (Deps, Crates, Compile)
  std::optional<CompileRoute> compile_route;
  friend bool operator==(const JobSpec&, const JobSpec&) = default;
};

// The build arg that tells a compile job its binaries: "--bin a --bin b", sorted.
inline constexpr const char* kFarmBinsArg = "FARM_BINS";

struct ServicePlan {
  std::string service;            // compose name
  JobIndex job = 0;               // its image job
  std::string image;              // the reference that is published, without registry: "market/orchestrator:latest"
  std::vector<std::string> tags;  // further references of the same image (build.tags)
  friend bool operator==(const ServicePlan&, const ServicePlan&) = default;
};

struct SliceInfo {
  Digest id;
  std::string name;
  std::uint64_t bytes = 0;  // unpacked
  std::string directory{};  // of the tree, that paths in the slice are relative to; for people
  friend bool operator==(const SliceInfo&, const SliceInfo&) = default;
};

struct Plan {
  std::string project;
  std::vector<JobSpec> jobs;  // upstream first
  std::vector<ServicePlan> services;
  std::vector<SliceInfo> slices;  // every slice that some job names
  std::vector<Diagnostic> notes;  // what farm can't share or doesn't honour, with file and line
};

// Checks a plan that came from outside: limits, indices that point backwards, slices that are listed, names that are unique and printable.
Result<void> check_plan(const Plan& plan);

// The part of a job's key that the client knows: kind, target, args, platform, key_inputs, secrets' names, named contexts, key-format
// version. Left out, with the reason: names and labels (they change no byte), repository (a place), the Dockerfile's text and the slices
// (key_inputs holds what matters of both: the whole text and every slice for an image, the cook's chain and the dependency key for deps),
// bins and compile_route (how, not what), base digests and upstream keys (the coordinator adds them), BuildKit's version (facts.md 2.5:
// same digests).
Digest client_key(const JobSpec& job);

}  // namespace farm
