// Purpose: a value or an Error, and a parsed value with all its diagnostics. The member names follow std::expected (C++23), which GCC 12
// has only with -std=c++23. Reading the side that is not there is our own bug and asserts.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "shared/base/assert.hpp"
#include "shared/base/error.hpp"

namespace farm {

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  T& value() & { return check_value(), *std::get_if<0>(&state_); }
  const T& value() const& { return check_value(), *std::get_if<0>(&state_); }
  T&& value() && { return check_value(), std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  Error& error() & { return check_error(), *std::get_if<1>(&state_); }
  const Error& error() const& { return check_error(), *std::get_if<1>(&state_); }
  Error&& error() && { return check_error(), std::move(*std::get_if<1>(&state_)); }
  T value_or(T other) const& { return has_value() ? value() : std::move(other); }

 private:
  void check_value() const { FARM_ASSERT(state_.index() == 0); }
  void check_error() const { FARM_ASSERT(state_.index() == 1); }
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)
  [[nodiscard]] bool has_value() const { return !error_.has_value(); }
  explicit operator bool() const { return has_value(); }
  void value() const { FARM_ASSERT(has_value()); }
  [[nodiscard]] const Error& error() const {
    FARM_ASSERT(error_.has_value());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

// Where a diagnostic points. `line` and `column` count from 1; 0 means "the whole file".
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
  friend bool operator==(const Place&, const Place&) = default;
};

// "file:line" (or "file" without a line).
std::string to_string(const Place& place);

enum class Severity { Note, Warning, Error };

struct Diagnostic {
  Severity severity = Severity::Error;
  Place place;
  std::string message;  // what is wrong and what to do
  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

// "file:line: error: message"
std::string to_string(const Diagnostic& diagnostic);

// A parser's answer: the best value it could make and all problems at once. Usable only if ok().
template <typename T>
struct [[nodiscard]] Parsed {
  T value{};
  std::vector<Diagnostic> diagnostics;

  [[nodiscard]] bool ok() const {
    for (const Diagnostic& diagnostic : diagnostics) {
      if (diagnostic.severity == Severity::Error) return false;
    }
    return true;
  }
};

}  // namespace farm
