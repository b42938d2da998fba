// Purpose: what may be written to a terminal beside plain text.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace farm::ctl {

// A terminal on which lines can be drawn over.
inline bool can_draw(int fd) {
  const char* term = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): no other thread
  return ::isatty(fd) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

// One that also shows colours, whose user did not switch them off (no-color.org).
inline bool can_colour(int fd) {
  const char* off = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): no other thread
  return can_draw(fd) && (off == nullptr || *off == '\0');
}

}  // namespace farm::ctl
