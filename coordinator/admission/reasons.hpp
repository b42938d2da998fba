// Purpose: why a job has to run, in words, from what is different since its last result.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/base/key_input.hpp"

namespace farm::admission {

// Names at most three differences: "slice crate:rust_core changed", "base image debian:bookworm-slim moved". `last`: the inputs of the last
// result of the same job; nothing: it was never built.
std::string rebuild_reason(const std::vector<KeyInput>& now, const std::optional<std::vector<KeyInput>>& last);

}  // namespace farm::admission
