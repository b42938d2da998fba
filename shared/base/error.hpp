// Purpose: the one error value of farm. `kind` is chosen by the caller's next move; `message` says what was being done, what is wrong
// (file:line where there is one) and what to do. Outcomes (a failing `cargo build`) are data, not errors.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace farm {

enum class ErrorKind {
  InvalidInput,  // the user or peer must change what was sent
  NotFound,      // the thing does not exist; the caller may create it
  Conflict,      // somebody else changed it first; read again
  Unavailable,   // the other side is away; retry later
  Overloaded,    // a limit was met; retry later, or with less
  Timeout,       // no answer in time; retry later
  Cancelled,     // somebody asked to stop
  Corrupt,       // bytes that can't be what they claim to be
  Unsupported,   // understood, but this version can't
  Denied,        // not allowed with this key or these credentials
  Internal,      // our own fault
};

std::string_view to_string(ErrorKind kind);

// True where the same request may succeed later without a change by the caller.
constexpr bool is_retryable(ErrorKind kind) {
  return kind == ErrorKind::Unavailable || kind == ErrorKind::Overloaded || kind == ErrorKind::Timeout;
}

struct Error {
  ErrorKind kind = ErrorKind::Internal;
  std::string message;

  // "doing: message": puts what was being done in front.
  [[nodiscard]] Error with(std::string_view doing) && {
    message = std::string(doing) + ": " + message;
    return std::move(*this);
  }
  [[nodiscard]] Error with(std::string_view doing) const& { return Error(*this).with(doing); }
  friend bool operator==(const Error&, const Error&) = default;
};

}  // namespace farm
