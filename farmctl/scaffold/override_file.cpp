#include "farmctl/scaffold/override_file.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace farm::scaffold {
namespace {

constexpr const char* kFirstLine = "# Written by `farmctl init`";

using Lines = std::vector<std::string>;

Lines split(const std::string& text) {
  Lines lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

// A YAML scalar; quoted where it could be read as something else.
std::string scalar(const std::string& value) {
  static const std::set<std::string> kWords = {"true", "false", "null", "yes", "no",  "on",   "off",  "y",
                                               "n",    "Yes",   "No",   "On",  "Off", "True", "False"};
  const bool letters =
      !value.empty() && value.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-") == std::string::npos;
  const bool starts = !value.empty() && value.find_first_of("0123456789-") != 0;
  if (letters && starts && !kWords.contains(value)) return value;
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '$') quoted += '$';  // else compose takes it for a variable
    quoted += c;
  }
  return quoted + "\"";
}

Lines build_lines(const BuildEntry& entry, std::size_t indent) {
  const std::string space(indent, ' ');
  Lines lines = {space + "build:"};
  if (!entry.context.empty()) lines.push_back(space + "  context: " + scalar(entry.context));
  lines.push_back(space + "  dockerfile: " + scalar(entry.dockerfile));
  lines.push_back(space + "  target: " + scalar(entry.target));
  lines.push_back(space + "  args:");
  lines.push_back(space + "    " + scalar(entry.argument) + ": " + scalar(entry.bin));
  return lines;
}

// Columns of blanks in front; none for a blank or comment line.
std::optional<std::size_t> indent_of(const std::string& line) {
  const std::size_t at = line.find_first_not_of(' ');
  if (at == std::string::npos || line[at] == '#' || line[at] == '\r' || line[at] == '\t') return std::nullopt;
  return at;
}

// Nothing but a comment behind the key: its value stands in the lines below.
bool is_open(const std::string& rest) {
  const std::size_t at = rest.find_first_not_of(" \r");
  return at == std::string::npos || rest[at] == '#';
}

struct Block {
  std::size_t key = 0;     // its line
  std::size_t end = 0;     // the line behind it
  std::size_t indent = 0;  // of its children
  bool open = true;        // block style
};

class Merger {
 public:
  Merger(const std::string& file, const std::string& text, Parsed<std::string>& out) : file_(file), lines_(split(text)), out_(out) {}

  void run(const std::vector<BuildEntry>& entries) {
    for (const BuildEntry& entry : entries) {
      std::optional<Block> services = find("services", 0, lines_.size(), 0);
      if (!services) {
        if (!lines_.empty()) lines_.emplace_back();
        lines_.emplace_back("services:");
        services = Block{lines_.size() - 1, lines_.size(), 2, true};
      }
      if (services->open) {
        put(entry, *services);
      } else {
        refuse(entry, services->key, "`services` isn't written in block style");
      }
    }
    for (const std::string& line : lines_) out_.value += line + "\n";
  }

 private:
  void refuse(const BuildEntry& entry, std::size_t line, const std::string& why) {
    std::string wanted;
    for (const std::string& each : build_lines(entry, 2)) wanted += "\n" + each;
    out_.diagnostics.push_back({Severity::Warning,
                                {file_, static_cast<int>(line) + 1, 0},
                                "service \"" + entry.service + "\": " + why + "; write there by hand:" + wanted});
  }

  // The block of a key at the given indentation, in the lines [begin, end).
  [[nodiscard]] std::optional<Block> find(const std::string& key, std::size_t begin, std::size_t end, std::size_t indent) const {
    for (std::size_t i = begin; i < end; ++i) {
      if (indent_of(lines_[i]) != indent) continue;
      for (const std::string& form : {key + ":", "\"" + key + "\":", "'" + key + "':"}) {
        if (lines_[i].compare(indent, form.size(), form) == 0) return block_at(i, end, indent, lines_[i].substr(indent + form.size()));
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] Block block_at(std::size_t key, std::size_t end, std::size_t indent, const std::string& rest) const {
    Block block{key, key + 1, indent + 2, is_open(rest)};
    bool first = true;
    for (std::size_t i = key + 1; i < end; ++i) {
      const std::optional<std::size_t> own = indent_of(lines_[i]);
      if (!own) continue;
      if (*own <= indent) break;
      if (first) block.indent = *own;
      first = false;
      block.end = i + 1;
    }
    return block;
  }

  void put(const BuildEntry& entry, const Block& services) {
    const std::optional<Block> service = find(entry.service, services.key + 1, services.end, services.indent);
    Lines lines;
    std::size_t at = services.end;
    if (!service) {
      lines = build_lines(entry, services.indent + 2);
      lines.insert(lines.begin(), std::string(services.indent, ' ') + scalar(entry.service) + ":");
    } else if (!service->open) {
      return refuse(entry, service->key, "it isn't written in block style");
    } else if (const auto build = find("build", service->key + 1, service->end, service->indent)) {
      return refuse(entry, build->key, "its build says otherwise");
    } else {
      lines = build_lines(entry, service->indent);
      at = service->key + 1;
    }
    lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(at), lines.begin(), lines.end());
  }

  const std::string& file_;
  Lines lines_;
  Parsed<std::string>& out_;
};

}  // namespace

bool is_written_by_init(const std::string& text) { return text.starts_with(kFirstLine); }

std::string override_text(const std::vector<BuildEntry>& entries) {
  std::string text = std::string(kFirstLine) +
                     ": builds each Rust service from a Dockerfile that keeps the compiled\n# dependencies in a layer of their own. "
                     "Compose and farm read it by themselves.\nservices:\n";
  for (const BuildEntry& entry : entries) {
    text += "  " + scalar(entry.service) + ":\n";
    for (const std::string& line : build_lines(entry, 4)) text += line + "\n";
  }
  return text;
}

Parsed<std::string> merged_override(const std::string& file, const std::string& text, const std::vector<BuildEntry>& entries) {
  Parsed<std::string> merged;
  Merger(file, text, merged).run(entries);
  return merged;
}

}  // namespace farm::scaffold
