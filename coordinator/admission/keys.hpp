// Purpose: a job's whole key, and the same things by name for `explain`.
#pragma once

#include <vector>

#include "coordinator/admission/admission.hpp"

namespace farm::admission {

struct CompleteKey {
  Digest key;
  std::vector<KeyInput> inputs;
};

// The deps jobs that a job stands on, through crates and compile jobs, and the images it copies from: what counts of its inputs.
std::vector<JobIndex> content_inputs(const Plan& plan, JobIndex job);

// `keys`: those of the content inputs are known. `bins`: the chosen binaries of a compile job, sorted; else empty.
// Error: InvalidInput where a base is not pinned.
Result<CompleteKey> complete_key(const Plan& plan, JobIndex job, const PinnedBases& bases, const std::vector<Digest>& keys,
                                 const std::vector<std::string>& bins);

// "--bin a --bin b"
std::string bins_argument(const std::vector<std::string>& bins);

}  // namespace farm::admission
