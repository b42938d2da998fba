#include "farmctl/render/compiler_messages.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <tuple>
#include <utility>

#include "farmctl/render/escape.hpp"

namespace farm::ctl {
namespace {

constexpr std::size_t kLineBytesMax = 16U << 10U;
constexpr std::size_t kMessageBytesMax = 1'000;
constexpr std::size_t kPathBytesMax = 1'000;
constexpr int kLinesToPlace = 8;  // between a message and its "-->"

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

// Without colours and other commands to a terminal.
std::string without_escapes(std::string_view line) {
  std::string text;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\x1b') {
      text += line[i];
      continue;
    }
    if (i + 1 >= line.size() || line[i + 1] != '[') continue;
    for (i += 2; i < line.size() && (line[i] < '@' || line[i] > '~');) ++i;
  }
  return text;
}

// Drops "#12 " and the seconds "3.456 " of BuildKit's plain progress.
std::string_view without_prefix(std::string_view line) {
  const auto number = [](std::string_view text, std::size_t from) {
    while (from < text.size() && is_digit(text[from])) ++from;
    return from;
  };
  if (line.starts_with('#')) {
    const std::size_t end = number(line, 1);
    if (end > 1 && end < line.size() && line[end] == ' ') line.remove_prefix(end + 1);
  }
  const std::size_t whole = number(line, 0);
  if (whole > 0 && whole < line.size() && line[whole] == '.') {
    const std::size_t end = number(line, whole + 1);
    if (end > whole + 1 && end < line.size() && line[end] == ' ') line.remove_prefix(end + 1);
  }
  return line;
}

// Takes ":7" off the end of `text`; 0 where none is there.
int take_number(std::string_view& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return 0;
  const std::string_view digits = text.substr(colon + 1);
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || value < 1) return 0;
  text = text.substr(0, colon);
  return value;
}

// "src/main.rs:3:5" → file, line, column.
bool read_place(std::string_view text, Finding& finding) {
  const int column = take_number(text);
  const int line = column == 0 ? 0 : take_number(text);
  if (line == 0 || text.empty() || text.size() > kPathBytesMax) return false;
  finding.file = valid_utf8(text);
  finding.line = line;
  finding.column = column;
  return true;
}

// "error[E0425]: message" or "error: message".
bool read_error(std::string_view line, Finding& finding) {
  constexpr std::string_view kError = "error";
  if (!line.starts_with(kError)) return false;
  line.remove_prefix(kError.size());
  finding = {};
  if (line.starts_with('[')) {
    const std::size_t end = line.find(']');
    if (end > 40) return false;  // none at all, or no code
    finding.code = valid_utf8(line.substr(1, end - 1));
    line.remove_prefix(end + 1);
  }
  if (!line.starts_with(": ")) return false;
  finding.message = cut(valid_utf8(trimmed(line.substr(2))), kMessageBytesMax);
  return !finding.message.empty();
}

// What cargo and rustc say after the errors themselves.
bool is_summary(const Finding& finding) {
  return finding.message.starts_with("could not compile ") || finding.message.starts_with("aborting due to ") ||
         finding.message.starts_with("build failed");
}

// "thread 'main' panicked at build.rs:3:5:": the message is on the next line.
bool read_panic(std::string_view line, Finding& finding) {
  constexpr std::string_view kPanic = "panicked at ";
  if (!line.starts_with("thread '")) return false;
  const std::size_t at = line.find(kPanic);
  if (at == std::string_view::npos || !line.ends_with(':')) return false;
  finding = {};
  return read_place(line.substr(at + kPanic.size(), line.size() - at - kPanic.size() - 1), finding);
}

class Reader {
 public:
  explicit Reader(const std::string& job) : job_(job) {}

  void take(std::string_view line) {
    Finding next;
    if (read_error(line, next)) {
      finish();
      open_ = std::move(next);
      lines_left_ = kLinesToPlace;
      return;
    }
    if (read_panic(line, next)) {
      finish();
      open_ = std::move(next);
      lines_left_ = 1;
      return;
    }
    if (lines_left_ == 0) return;
    --lines_left_;
    const std::string_view text = trimmed(line);
    if (open_.message.empty()) {
      open_.message = "panicked: " + cut(valid_utf8(text), kMessageBytesMax);
      return finish();
    }
    if (text.starts_with("--> ") && read_place(text.substr(4), open_)) return finish();
    if (text.empty() || lines_left_ == 0) finish();
  }
  void finish() {
    lines_left_ = 0;
    Finding done = std::exchange(open_, {});
    if (done.message.empty() || is_summary(done) || findings_.size() >= kFindingsMax) return;
    done.job = job_;
    if (seen_.emplace(done.file, done.line, done.column, done.message).second) findings_.push_back(std::move(done));
  }
  std::vector<Finding> findings() && { return std::move(findings_); }

 private:
  const std::string& job_;
  Finding open_;        // its message was read, its place not yet
  int lines_left_ = 0;  // that may still hold it
  std::vector<Finding> findings_;
  std::set<std::tuple<std::string, int, int, std::string>> seen_;
};

std::string_view name_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

std::vector<Finding> find_compiler_errors(std::string_view log, const std::string& job) {
  Reader reader(job);
  while (!log.empty()) {
    const std::size_t end = std::min(log.find('\n'), log.size());
    const std::string line = without_escapes(log.substr(0, std::min(end, kLineBytesMax)));
    std::string_view text = line;
    while (text.ends_with('\r')) text.remove_suffix(1);
    reader.take(without_prefix(text));
    log.remove_prefix(std::min(end + 1, log.size()));
  }
  reader.finish();
  return std::move(reader).findings();
}

std::vector<Finding> findings_of(const std::vector<Diagnostic>& diagnostics) {
  std::vector<Finding> findings;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity == Severity::Note || findings.size() >= kFindingsMax) continue;
    findings.push_back({"", cut(valid_utf8(diagnostic.message), kMessageBytesMax), diagnostic.place.file, diagnostic.place.line,
                        diagnostic.place.column, "", diagnostic.severity == Severity::Warning});
  }
  return findings;
}

std::vector<Finding> findings_in(std::string_view text) {
  constexpr std::string_view kMark = ": error: ";
  std::vector<Finding> findings;
  while (!text.empty() && findings.size() < kFindingsMax) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t mark = line.find(kMark);
    if (mark == std::string_view::npos || mark == 0 || mark > kPathBytesMax) continue;
    Finding finding;
    std::string_view place = line.substr(0, mark);
    const std::size_t colon = place.rfind(':');
    if (colon != std::string_view::npos && colon + 1 < place.size()) {
      const char* end = place.data() + place.size();
      if (std::from_chars(place.data() + colon + 1, end, finding.line).ptr == end) place = place.substr(0, colon);
    }
    finding.file = valid_utf8(place);
    finding.message = cut(valid_utf8(line.substr(mark + kMark.size())), kMessageBytesMax);
    findings.push_back(std::move(finding));
  }
  return findings;
}

SourceFiles::SourceFiles(const std::vector<std::string>& paths) {
  const std::set<std::string> each(paths.begin(), paths.end());
  for (const std::string& path : each) by_name_.emplace(name_of(path), path);
}

std::string SourceFiles::ending_with(std::string_view path) const {
  std::string found;
  bool ambiguous = false;
  const auto [begin, end] = by_name_.equal_range(name_of(path));
  for (auto entry = begin; entry != end; ++entry) {
    const std::string& candidate = entry->second;
    if (candidate == path) return candidate;
    if (!candidate.ends_with(path) || candidate[candidate.size() - path.size() - 1] != '/') continue;
    ambiguous = ambiguous || !found.empty();
    found = candidate;
  }
  return ambiguous ? "" : found;
}

std::string SourceFiles::locate(std::string_view path) const {
  while (path.starts_with("./")) path.remove_prefix(2);
  if (path.empty() || path.find("/../") != std::string_view::npos || path.starts_with("../")) return "";
  if (!path.starts_with('/')) return ending_with(path);
  // Sources of external crates and of the standard library.
  if (path.find("/registry/src/") != std::string_view::npos || path.find("/git/checkouts/") != std::string_view::npos ||
      path.starts_with("/rustc/"))
    return "";
  // The folder in the container isn't known: the longest rest that names a file, of at least two parts.
  while (path.find('/', 1) != std::string_view::npos) {
    path.remove_prefix(1);
    if (std::string found = ending_with(path); !found.empty()) return found;
    path.remove_prefix(path.find('/'));
  }
  return "";
}

std::vector<Finding> located(std::vector<Finding> findings, const SourceFiles& files) {
  for (Finding& finding : findings) {
    if (finding.file.empty()) continue;
    std::string found = files.locate(finding.file);
    if (found.empty()) {
      finding.message += " (" + finding.file + ":" + std::to_string(finding.line) + ")";
      finding.line = finding.column = 0;
    }
    finding.file = std::move(found);
  }
  return findings;
}

}  // namespace farm::ctl
