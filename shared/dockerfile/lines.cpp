#include "shared/dockerfile/lines.hpp"

#include <algorithm>

namespace farm::dockerfile_detail {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view trim_left(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

bool is_comment(std::string_view line) {
  const std::string_view rest = trim_left(line);
  return !rest.empty() && rest.front() == '#';
}

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

char change_case(char c, char from_first, char from_last, int by) {
  return c >= from_first && c <= from_last ? static_cast<char>(c + by) : c;
}

}  // namespace

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view trim(std::string_view text) {
  text = trim_left(text);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = change_case(c, 'A', 'Z', 'a' - 'A');
  return result;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = change_case(c, 'a', 'z', 'A' - 'a');
  return result;
}

void TracedText::append(std::string_view bytes, std::size_t offset) {
  text += bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) offsets.push_back(offset + i);
}

TracedText TracedText::slice(std::size_t begin, std::size_t end) const {
  TracedText part;
  part.text = text.substr(begin, end - begin);
  part.offsets.assign(offsets.begin() + static_cast<std::ptrdiff_t>(begin), offsets.begin() + static_cast<std::ptrdiff_t>(end));
  return part;
}

LineReader::LineReader(std::string_view file_name, std::string_view text) : file_name_(file_name), text_(text) {
  if (text_.starts_with(kByteOrderMark)) position_ = kByteOrderMark.size();
}

LineReader::Physical LineReader::take() {
  Physical line;
  line.begin = position_;
  const std::size_t newline = text_.find('\n', position_);
  line.next = newline == std::string_view::npos ? text_.size() : newline + 1;
  line.end = newline == std::string_view::npos ? text_.size() : newline;
  while (line.end > line.begin && text_[line.end - 1] == '\r') --line.end;
  position_ = line.next;
  ++line_;
  return line;
}

void LineReader::read_directive(std::string_view line, std::vector<Diagnostic>& diagnostics) {
  if (directives_done_) return;
  directives_done_ = true;  // until this line turns out to be one
  if (line_ == 1 && line.starts_with("#!")) {
    directives_done_ = false;
    return;
  }
  if (!line.starts_with('#')) return;
  const std::string_view rest = trim_left(line.substr(1));
  std::size_t length = 0;
  while (length < rest.size() && is_alphanumeric(rest[length])) ++length;
  const std::string_view after = trim_left(rest.substr(length));
  if (length == 0 || !after.starts_with('=')) return;
  const std::string name = lower(rest.substr(0, length));
  const std::string value(trim(after.substr(1)));
  if (value.empty() || (name != "syntax" && name != "escape" && name != "check")) return;
  directives_done_ = false;
  const Place place{file_name_, line_, 0};
  if (!directives_seen_.insert(name).second) {
    diagnostics.push_back({Severity::Error, place, "only one " + name + " parser directive can be used; remove this one"});
  } else if (name == "syntax") {
    directives_.syntax = value.substr(0, value.find(' '));
  } else if (name == "check") {
    directives_.check = value;
  } else if (value == "\\" || value == "`") {
    directives_.escape = value[0];
  } else {
    diagnostics.push_back({Severity::Error, place, "invalid escape token '" + value + "': it must be ` or \\"});
  }
}

// The length without the continuation character and what follows it; none where the line ends the instruction.
std::optional<std::size_t> LineReader::continued_length(std::string_view line) const {
  std::size_t length = line.size();
  while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t')) --length;
  if (length == 0 || line[length - 1] != directives_.escape) return std::nullopt;
  if (length >= 2 && line[length - 2] == directives_.escape) return std::nullopt;
  return length - 1;
}

std::optional<LogicalLine> LineReader::next(std::vector<Diagnostic>& diagnostics) {
  while (!at_end()) {
    const Physical first = take();
    std::size_t begin = first.begin;
    while (begin < first.end && is_space(text_[begin])) ++begin;
    const std::string_view line = text_.substr(begin, first.end - begin);
    read_directive(line, diagnostics);
    if (line.empty() || line.front() == '#') continue;

    LogicalLine logical;
    logical.first_line = logical.last_line = line_;
    logical.begin = begin;
    logical.end = first.end;
    std::optional<std::size_t> length = continued_length(line);
    logical.content.append(line.substr(0, length.value_or(line.size())), begin);
    while (length && !at_end()) {
      const Physical more = take();
      const std::string_view part = text_.substr(more.begin, more.end - more.begin);
      if (is_comment(part)) continue;
      if (trim(part).empty()) {
        logical.empty_continuation = true;
        continue;
      }
      length = continued_length(part);
      logical.content.append(part.substr(0, length.value_or(part.size())), more.begin);
      logical.last_line = line_;
      logical.end = more.end;
    }
    return logical;
  }
  return std::nullopt;
}

bool LineReader::read_heredoc(Heredoc& heredoc, LogicalLine& line) {
  while (!at_end()) {
    const Physical body = take();
    std::string_view text = text_.substr(body.begin, body.end - body.begin);
    std::string_view full = text_.substr(body.begin, body.next - body.begin);
    line.last_line = line_;
    line.end = body.end;
    if (heredoc.strip_tabs) {
      const std::size_t tabs = std::min(text.find_first_not_of('\t'), text.size());
      text.remove_prefix(tabs);
      full.remove_prefix(tabs);
    }
    if (text == heredoc.name) return true;
    heredoc.content += full;
  }
  return false;
}

}  // namespace farm::dockerfile_detail
