// Purpose: cuts a Dockerfile's text into logical lines (continuations joined, comments dropped), each byte with its place in the text, and
// reads parser directives and heredoc bodies. Internal to shared/dockerfile. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/dockerfile/dockerfile.hpp"

namespace farm::dockerfile_detail {

// A text whose bytes know where they came from.
struct TracedText {
  std::string text;
  std::vector<std::size_t> offsets;

  void append(std::string_view bytes, std::size_t offset);
  [[nodiscard]] TracedText slice(std::size_t begin, std::size_t end) const;
};

struct LogicalLine {
  TracedText content;
  int first_line = 0;
  int last_line = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
  bool empty_continuation = false;  // BuildKit warns
};

class LineReader {
 public:
  LineReader(std::string_view file_name, std::string_view text);

  // The next instruction's line, or none at the end. Directives are read on the way.
  std::optional<LogicalLine> next(std::vector<Diagnostic>& diagnostics);
  // The lines up to the heredoc's last line. False where the file ends first. Moves `line.last_line` and `line.end`.
  bool read_heredoc(Heredoc& heredoc, LogicalLine& line);
  [[nodiscard]] const DockerfileDirectives& directives() const { return directives_; }
  [[nodiscard]] int line() const { return line_; }

 private:
  struct Physical {
    std::size_t begin = 0;
    std::size_t end = 0;   // without the line end
    std::size_t next = 0;  // behind the line end
  };
  [[nodiscard]] bool at_end() const { return position_ >= text_.size(); }
  Physical take();
  void read_directive(std::string_view line, std::vector<Diagnostic>& diagnostics);
  [[nodiscard]] std::optional<std::size_t> continued_length(std::string_view line) const;

  std::string file_name_;
  std::string_view text_;
  std::size_t position_ = 0;
  int line_ = 0;
  DockerfileDirectives directives_;
  bool directives_done_ = false;
  std::set<std::string> directives_seen_;
};

bool is_space(char c);
std::string_view trim(std::string_view text);
std::string lower(std::string_view text);
std::string upper(std::string_view text);

}  // namespace farm::dockerfile_detail
