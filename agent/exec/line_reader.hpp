// Purpose: cuts a stream of bytes into lines with a bound on their length, so that a program that prints no newline
// can't fill memory. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace farm::exec {

// `cut`: the line was longer than the limit and this is its beginning; the rest, up to the newline, is dropped.
using LineSink = std::function<void(std::string_view line, bool cut)>;

class LineReader {
 public:
  explicit LineReader(std::size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

  // Calls the sink for each line that ends in `bytes`, without its "\n" or "\r\n".
  void feed(std::string_view bytes, const LineSink& sink);
  // Gives the last line if it had no newline.
  void finish(const LineSink& sink);

 private:
  void keep(std::string_view part);
  void emit(const LineSink& sink);

  std::size_t line_bytes_max_;
  std::string line_;
  bool cut_ = false;
};

}  // namespace farm::exec
