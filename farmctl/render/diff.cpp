#include "farmctl/render/diff.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace farm::ctl {
namespace {

constexpr std::size_t kCellsMax = 4'000'000;  // of the table of common lines
constexpr std::size_t kContext = 3;
constexpr const char* kNoLineEnd = "\n\\ No newline at end of file\n";

using Lines = std::vector<std::string>;

// Each with its line end; the last one may have none.
Lines lines_of(const std::string& text) {
  Lines lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    lines.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return lines;
}

struct Edit {
  char mark = ' ';  // ' ' kept, '-' removed, '+' added
  std::size_t old_line = 0;
  std::size_t new_line = 0;
  const std::string* text = nullptr;
};

// The edits of the lines between the common front and the common end.
std::vector<Edit> edits_of(const Lines& a, const Lines& b) {
  std::size_t front = 0;
  while (front < a.size() && front < b.size() && a[front] == b[front]) ++front;
  std::size_t back = 0;
  while (back < a.size() - front && back < b.size() - front && a[a.size() - 1 - back] == b[b.size() - 1 - back]) ++back;
  const std::size_t n = a.size() - front - back;
  const std::size_t m = b.size() - front - back;
  const bool table = n * m <= kCellsMax;
  std::vector<std::uint32_t> common(table ? (n + 1) * (m + 1) : 0, 0);  // length of the longest common rest
  const auto cell = [&](std::size_t i, std::size_t j) -> std::uint32_t& { return common[i * (m + 1) + j]; };
  for (std::size_t i = table ? n : 0; i-- > 0;) {
    for (std::size_t j = m; j-- > 0;)
      cell(i, j) = a[front + i] == b[front + j] ? cell(i + 1, j + 1) + 1 : std::max(cell(i + 1, j), cell(i, j + 1));
  }
  std::vector<Edit> edits;
  for (std::size_t i = 0; i < front; ++i) edits.push_back({' ', i, i, &a[i]});
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < n || j < m) {
    if (table && i < n && j < m && a[front + i] == b[front + j]) {
      edits.push_back({' ', front + i, front + j, &a[front + i]});
      ++i;
      ++j;
    } else if (i < n && (j == m || !table || cell(i + 1, j) >= cell(i, j + 1))) {
      edits.push_back({'-', front + i, front + j, &a[front + i]});
      ++i;
    } else {
      edits.push_back({'+', front + i, front + j, &b[front + j]});
      ++j;
    }
  }
  for (std::size_t k = 0; k < back; ++k) edits.push_back({' ', front + n + k, front + m + k, &a[front + n + k]});
  return edits;
}

std::string range(std::size_t first, std::size_t count) {
  if (count == 1) return std::to_string(first + 1);
  return std::to_string(count == 0 ? first : first + 1) + "," + std::to_string(count);
}

std::string hunk(const std::vector<Edit>& edits, std::size_t begin, std::size_t end) {
  std::string text;
  std::size_t removed = 0;
  std::size_t added = 0;
  for (std::size_t i = begin; i < end; ++i) {
    if (edits[i].mark != '+') ++removed;
    if (edits[i].mark != '-') ++added;
    text += edits[i].mark + *edits[i].text;
    if (text.back() != '\n') text += kNoLineEnd;
  }
  return "@@ -" + range(edits[begin].old_line, removed) + " +" + range(edits[begin].new_line, added) + " @@\n" + text;
}

}  // namespace

std::string unified_diff(const std::string& old_name, const std::string& old_text, const std::string& new_name,
                         const std::string& new_text) {
  if (old_text == new_text) return "";
  const Lines a = lines_of(old_text);
  const Lines b = lines_of(new_text);
  const std::vector<Edit> edits = edits_of(a, b);
  std::string text = "--- " + (old_text.empty() ? "/dev/null" : old_name) + "\n+++ " + new_name + "\n";
  for (std::size_t i = 0; i < edits.size();) {
    if (edits[i].mark == ' ') {
      ++i;
      continue;
    }
    const std::size_t begin = i > kContext ? i - kContext : 0;
    std::size_t last = i;  // the last change of this hunk
    for (std::size_t j = i; j < edits.size() && j <= last + 2 * kContext + 1; ++j) {
      if (edits[j].mark != ' ') last = j;
    }
    const std::size_t end = std::min(last + kContext + 1, edits.size());
    text += hunk(edits, begin, end);
    i = end;
  }
  return text;
}

}  // namespace farm::ctl
