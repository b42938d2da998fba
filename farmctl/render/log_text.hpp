// Purpose: the parts of a job's log as they come from the coordinator, put together for people and programs. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace farm::ctl {

class LogText {
 public:
  // What this part adds: its bytes without those that were there already; before them a line that says how much is missing, where it
  // begins behind the end of what came before (however far: the line is short). Empty: nothing new.
  std::string add(std::uint64_t offset, std::string_view bytes);
  // Where the next part is wanted from.
  [[nodiscard]] std::uint64_t end() const { return end_; }

 private:
  std::uint64_t end_ = 0;
  bool in_line_ = false;  // the text so far does not end with a line
};

// The last lines of a text, whole; one without an end counts.
std::string_view last_lines(std::string_view text, std::uint64_t count);

}  // namespace farm::ctl
