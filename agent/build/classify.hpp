// Purpose: whose fault a failed `buildx build` is: the build's (an outcome, not retried) or the farm's (tried again
// elsewhere). Pure; table-tested with what BuildKit 0.34 and buildx 0.38 really print. What decides is BuildKit's own
// error text, never the log of a step, since that text belongs to whoever wrote the Dockerfile. Two exceptions, because
// the disk and the memory are the host's: a failed step whose log says that the disk is full, or that a compiler was
// killed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/model/outcome.hpp"

namespace farm::build {

constexpr std::size_t kMessageBytesMax = 4U << 10U;

struct FailureEvidence {
  int exit_code = 1;        // of buildx
  int signal = 0;           // that ended buildx and that was not ours; 0: none
  std::string final_error;  // after "ERROR: "
  std::string plain_text;   // what buildx printed beside JSON
  std::string step;         // the vertex that failed
  std::string step_error;
  std::string step_log;                  // its output, the end of it
  std::vector<std::string> farm_images;  // that the farm put in the place of stages and bases
};

JobOutcome classify_failure(const FailureEvidence& evidence);

// The part of a step's output that tells why it failed: compilers' errors with their places where there are any, else
// the last lines. Without terminal colours; at most `bytes_max`.
std::string useful_part(std::string_view log, std::size_t bytes_max);

// True where the text says that a file was not there.
bool tells_of_missing_file(std::string_view text);

}  // namespace farm::build
