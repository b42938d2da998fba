#include "coordinator/admission/text_changes.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace farm::admission {
namespace {

constexpr std::size_t kLineBytesMax = 300;
constexpr std::size_t kComparedMax = 400;  // lines on each side that are compared one by one; above, the middle is one block

using Lines = std::vector<std::string_view>;

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
};

class Comparer {
 public:
  Comparer(const Lines& before, const Lines& after, std::size_t count_max) : before_(before), after_(after), count_max_(count_max) {}

  std::vector<LineChange> run() {
    std::size_t same = 0;
    while (same < before_.size() && same < after_.size() && before_[same] == after_[same]) ++same;
    std::size_t tail = 0;
    while (tail < before_.size() - same && tail < after_.size() - same &&
           before_[before_.size() - 1 - tail] == after_[after_.size() - 1 - tail])
      ++tail;
    old_ = {same, before_.size() - tail};
    new_ = {same, after_.size() - tail};
    if (old_.end - old_.begin > kComparedMax || new_.end - new_.begin > kComparedMax) {
      add_block(old_, new_);
    } else {
      compare_middle();
    }
    return std::move(changes_);
  }

 private:
  // The longest common subsequence of the middle; what lies between its lines are the changed blocks.
  void compare_middle() {
    const std::size_t rows = old_.end - old_.begin;
    const std::size_t columns = new_.end - new_.begin;
    std::vector<std::uint16_t> longest((rows + 1) * (columns + 1), 0);
    const auto at = [&](std::size_t row, std::size_t column) -> std::uint16_t& { return longest[row * (columns + 1) + column]; };
    const auto equal = [&](std::size_t row, std::size_t column) { return before_[old_.begin + row] == after_[new_.begin + column]; };
    for (std::size_t row = rows; row-- > 0;) {
      for (std::size_t column = columns; column-- > 0;) {
        at(row, column) = equal(row, column) ? static_cast<std::uint16_t>(at(row + 1, column + 1) + 1)
                                             : std::max(at(row + 1, column), at(row, column + 1));
      }
    }
    Range from{old_.begin, old_.begin};
    Range to{new_.begin, new_.begin};
    while (from.end < old_.end || to.end < new_.end) {
      const std::size_t row = from.end - old_.begin;
      const std::size_t column = to.end - new_.begin;
      if (row < rows && column < columns && equal(row, column)) {
        add_block(from, to);
        from = {from.end + 1, from.end + 1};
        to = {to.end + 1, to.end + 1};
      } else if (row < rows && (column == columns || at(row + 1, column) >= at(row, column + 1))) {
        ++from.end;
      } else {
        ++to.end;
      }
    }
    add_block(from, to);
  }

  void add_block(Range from, Range to) {
    const std::size_t count = std::max(from.end - from.begin, to.end - to.begin);
    for (std::size_t i = 0; i < count && changes_.size() < count_max_; ++i) {
      LineChange change;
      if (from.begin + i < from.end) {
        change.line_before = static_cast<std::uint32_t>(from.begin + i + 1);
        change.before = before_[from.begin + i].substr(0, kLineBytesMax);
      }
      if (to.begin + i < to.end) {
        change.line_after = static_cast<std::uint32_t>(to.begin + i + 1);
        change.after = after_[to.begin + i].substr(0, kLineBytesMax);
      }
      changes_.push_back(std::move(change));
    }
  }

  const Lines& before_;
  const Lines& after_;
  std::size_t count_max_;
  Range old_;
  Range new_;
  std::vector<LineChange> changes_;
};

}  // namespace

std::vector<LineChange> text_changes(std::string_view before, std::string_view after, std::size_t count_max) {
  const Lines old_lines = lines_of(before);
  const Lines new_lines = lines_of(after);
  return Comparer(old_lines, new_lines, count_max).run();
}

}  // namespace farm::admission
