// Purpose: which commands of a RUN are carried out where it has an `if` that compares values known from ARG and ENV, as
// `if [ "$PROFILE" = "release" ]; then …; else …; fi`. Any other condition is said to be not understood. Internal to shared/dockerfile.
// Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/dockerfile/shell.hpp"

namespace farm::dockerfile_detail {

class ShellIf {
 public:
  // `bash`: SHELL says so. Else it may be a sh to which `[[` and `==` are mistakes.
  explicit ShellIf(bool bash) : bash_(bash) {}

  // Takes the keywords off the front of the next command and follows them. Returns the command where it is carried out; nothing: it isn't,
  // or keywords and conditions were all of it. Error: InvalidInput, what isn't understood, to stand behind "uses".
  Result<std::optional<ShellCommand>> next(ShellCommand command, const std::map<std::string, std::string>& variables);

  [[nodiscard]] bool is_open() const { return !frames_.empty(); }  // after the last command: a `fi` is missing

 private:
  enum class Part : unsigned char { Condition, Body, Otherwise };
  struct Frame {
    bool around = true;    // is the whole `if` carried out?
    bool decided = false;  // a branch was taken
    bool live = false;     // is this branch carried out?
    Part part = Part::Condition;
  };
  Result<void> keyword(const std::string& word, ShellCommand& rest, const std::map<std::string, std::string>& variables);
  Result<void> condition(Frame& frame, ShellCommand& rest, const std::map<std::string, std::string>& variables);
  [[nodiscard]] bool live() const { return frames_.empty() || frames_.back().live; }

  const bool bash_;
  std::vector<Frame> frames_;
};

}  // namespace farm::dockerfile_detail
