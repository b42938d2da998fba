// Purpose: running a Docker credential helper: text in, text out, with a limit and a timeout. Used by credentials.cpp
// only.
#pragma once

#include <string>

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

namespace farm::oci {

struct HelperAnswer {
  int exit_code = 0;
  std::string output;  // stdout; may hold a secret: never put it into an Error
};

// Runs `program get` (found in PATH) with `input` on stdin. stderr is dropped. Errors: Unavailable (not installed),
// Timeout, Overloaded.
Result<HelperAnswer> run_helper(const std::string& program, const std::string& input, std::size_t bytes_max, Millis timeout);

}  // namespace farm::oci
