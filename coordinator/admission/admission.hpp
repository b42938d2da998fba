// Purpose: what of a plan has to run. Completes the keys of a plan's jobs with what only the coordinator knows (digests of base images,
// keys of upstream jobs, the binaries of a compile run), takes hits out, walks upstream from what is missing and chooses each image's way.
// Pure: results and the history are asked through functions, which must answer the same within one call.
//
// Keys: key(job) = H(client_key, base digests, keys of the deps jobs below it and of the images it copies from, chosen binaries).
// Crates and compile jobs are ways to a result, not content: an image's key is the same whichever way it takes.
// A client says itself what its jobs' keys are made of, so its word counts in its own zone only: what a zone other than the trusted one has
// to build gets keys of that zone (key_in_zone), while results of the trusted zone serve everybody.
// Limits: those of check_plan(), which must have passed.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/admission/reasons.hpp"
#include "shared/base/digest.hpp"
#include "shared/base/key_input.hpp"
#include "shared/base/result.hpp"
#include "shared/model/job.hpp"

namespace farm::admission {

// A result by key: where it is in the registry.
struct KnownResult {
  Digest image;
  std::string repository;
  // Set where the job needed its whole context (the retry without slicing): context_digest of it. The key doesn't hold what was left out of
  // the slices, so such a result counts only as long as the whole context is the same.
  std::optional<Digest> whole_context{};
  friend bool operator==(const KnownResult&, const KnownResult&) = default;
};
using ResultLookup = std::function<std::optional<KnownResult>(const Digest& key)>;
// The key inputs of the last result of the job of that name in the plan's project; nothing where it was never built.
using HistoryLookup = std::function<std::optional<std::vector<KeyInput>>(const std::string& job_name)>;
// Normalised reference ("docker.io/library/debian:bookworm-slim") → what it points to.
using PinnedBases = std::map<std::string, Digest>;

enum class Need {
  NotNeeded,  // nothing that is missing stands on it
  Hit,        // its result is known
  Needed,     // it has to run
};

struct AdmittedJob {
  Need need = Need::NotNeeded;
  Digest key;
  KnownResult result;  // of a hit
  JobSpec spec;        // of a needed job: args complete, inputs by the chosen way; indices are those of the plan
  // Of an image that takes the compile job's result: its inputs by the direct way, for the case that the compile job fails because of
  // another binary. Empty: there is no such way.
  std::vector<StageInput> fallback{};
  std::vector<KeyInput> key_inputs;  // all of them, to be kept with the result (not where NotNeeded)
  std::string reason;                // why it hits or has to run, for people
  Cause cause = Cause::None;         // of a needed job
};

struct Admission {
  std::vector<AdmittedJob> jobs;  // as in the plan
  std::vector<Digest> slices;     // what needed jobs name, each once, sorted

  [[nodiscard]] bool nothing_to_do() const;
};

inline constexpr const char* kTrustedZone = "trusted";  // of keys whose line in the key book names no zone
inline bool is_trusted(const std::string& zone) { return zone.empty() || zone == kTrustedZone; }

struct AdmitOptions {
  bool no_cache = false;            // nothing hits
  std::string zone = kTrustedZone;  // of the client
};

// The same key in the trusted zone, another one in each other zone.
Digest key_in_zone(const Digest& key, const std::string& zone);

// The name under which a result's key inputs hold `whole_context`.
inline constexpr const char* kWholeContextInput = "whole context";
Digest context_digest(const std::vector<SliceUse>& slices);

// The references that must be pinned before admit(), each once, sorted.
std::vector<std::string> base_references(const Plan& plan);

// Error: InvalidInput, naming the reference, where a base image is not pinned.
Result<Admission> admit(const Plan& plan, const AdmitOptions& options, const PinnedBases& bases, const ResultLookup& results,
                        const HistoryLookup& history);

}  // namespace farm::admission
