#include <algorithm>

#include "agent/build/classify.hpp"
#include "agent/build/text.hpp"

namespace farm::build {
namespace {

constexpr std::size_t kLineBytesMax = 500;

bool starts_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

// Removes terminal sequences (ESC [ … letter), carriage returns and other control characters; keeps newlines and tabs.
std::string without_colours(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\x1b') {
      if (at + 1 < text.size() && text[at + 1] == '[') {
        at += 2;
        while (at < text.size() && (text[at] < '@' || text[at] > '~')) ++at;
      }
      continue;
    }
    if (c == '\n' || c == '\t' || static_cast<unsigned char>(c) >= 0x20U) out.push_back(c);
  }
  return out;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

bool begins_error(std::string_view line) {
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  return starts_with(line, "error[") || starts_with(line, "error:") || starts_with(line, "Error:") || starts_with(line, "ERROR:");
}

bool begins_other(std::string_view line) {
  return line.empty() || starts_with(line, "warning:") || starts_with(line, "warning[") || starts_with(line, "   Compiling ") ||
         starts_with(line, "For more information about this error");
}

// Compilers' errors: from an "error" line to the next empty line, or to what is something else.
std::string error_blocks(const std::vector<std::string_view>& lines, std::size_t bytes_max) {
  std::string out;
  bool inside = false;
  for (const std::string_view line : lines) {
    if (begins_error(line))
      inside = true;
    else if (begins_other(line))
      inside = false;
    if (!inside) continue;
    if (out.size() + line.size() + 1 > bytes_max) break;
    out += line;
    out += '\n';
  }
  return out;
}

std::string last_lines(const std::vector<std::string_view>& lines, std::size_t count_max, std::size_t bytes_max) {
  std::size_t from = lines.size();
  std::size_t bytes = 0;
  while (from > 0 && lines.size() - from < count_max && bytes + lines[from - 1].size() + 1 <= bytes_max) bytes += lines[--from].size() + 1;
  std::string out;
  for (; from < lines.size(); ++from) {
    out += lines[from];
    out += '\n';
  }
  return out;
}

}  // namespace

std::string useful_part(std::string_view log, std::size_t bytes_max) {
  const std::string clean = without_colours(log);
  std::vector<std::string_view> lines = lines_of(clean);
  for (std::string_view& line : lines) line = line.substr(0, kLineBytesMax);
  std::string part = error_blocks(lines, bytes_max);
  if (part.empty()) part = last_lines(lines, 25, bytes_max);
  while (!part.empty() && part.back() == '\n') part.pop_back();
  return valid_utf8(part);  // of the same length at most
}

}  // namespace farm::build
