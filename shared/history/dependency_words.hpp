// Purpose: changed key inputs of a deps job ("asks serde 1  = serde 1.0.229" → features, "lock serde 1.0.229") as entries of Cargo.lock and
// requirements of manifests. Internal to shared/history.
#pragma once

#include <vector>

#include "shared/history/reasons.hpp"

namespace farm::history {

// Takes the inputs "asks …" and "lock …" of the changes; others are ignored.
std::vector<Reason> lock_reasons(const std::vector<InputChange>& changes);
std::vector<Reason> dependency_reasons(const std::vector<InputChange>& changes);

}  // namespace farm::history
