// Purpose: what farmctl's exit status means. Documented in README; scripts rely on it.
#pragma once

#include "shared/base/error.hpp"

namespace farm::ctl {

enum class ExitCode : int {
  Ok = 0,           // built (or done)
  BuildFailed = 1,  // a build failed or was cancelled
  BadInput = 2,     // usage, compose file, Dockerfile, manifest, key
  Unreachable = 3,  // the farm, or its registry, did not answer
  OurFault = 4,     // a bug of farm
};

constexpr ExitCode exit_code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::InvalidInput:
    case ErrorKind::NotFound:
    case ErrorKind::Conflict:
    case ErrorKind::Unsupported:
    case ErrorKind::Denied: return ExitCode::BadInput;
    case ErrorKind::Unavailable:
    case ErrorKind::Overloaded:
    case ErrorKind::Timeout: return ExitCode::Unreachable;
    case ErrorKind::Cancelled: return ExitCode::BuildFailed;
    case ErrorKind::Corrupt:
    case ErrorKind::Internal: return ExitCode::OurFault;
  }
  return ExitCode::OurFault;
}

}  // namespace farm::ctl
