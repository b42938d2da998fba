#include "shared/config/reader.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>

namespace farm::config {
namespace {

int line_of(const YAML::Node& node) { return node.Mark().line + 1; }

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  unsigned shift = 0;
  for (const auto& [suffix, bits] : {std::pair<std::string_view, unsigned>{"KiB", 10U}, {"MiB", 20U}, {"GiB", 30U}, {"TiB", 40U}}) {
    if (!text.ends_with(suffix)) continue;
    text.remove_suffix(suffix.size());
    shift = bits;
    break;
  }
  const auto value = parse_number(text);
  if (!value || *value > (std::numeric_limits<std::uint64_t>::max() >> shift)) return std::nullopt;
  return *value << shift;
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t i = 0; i <= b.size(); ++i) row[i] = i;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::string nearest_name(const std::string& text, const std::vector<std::string>& names) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, text.size() / 3) + 1;
  if (text.size() > 100) return best;
  for (const std::string& name : names) {
    const std::size_t steps = distance(text, name);
    if (steps < best_distance) {
      best = name;
      best_distance = steps;
    }
  }
  return best;
}

void Problems::add(const YAML::Node& where, std::string message) { add(line_of(where), std::move(message)); }

std::optional<YAML::Node> parse_mapping(std::string_view text, Problems& problems) {
  if (text.find('\0') != std::string_view::npos) {
    problems.add(0, "the file is no text");
    return std::nullopt;
  }
  try {
    YAML::Node node = YAML::Load(std::string(text));
    if (!node || node.IsNull()) return YAML::Node(YAML::NodeType::Map);
    if (node.IsMap()) return node;
    problems.add(node, "the file must be a mapping, like \"key: value\"");
  } catch (const YAML::Exception& error) {
    problems.add(error.mark.line + 1, "no YAML: " + error.msg);
  }
  return std::nullopt;
}

Section::Section(YAML::Node node, std::string name, Problems& problems)
    : node_(std::move(node)), name_(std::move(name)), problems_(problems) {}

std::optional<YAML::Node> Section::find(const std::string& key) {
  known_.push_back(key);
  for (const auto& entry : node_) {
    if (entry.first.IsScalar() && entry.first.Scalar() == key) return entry.second;
  }
  return std::nullopt;
}

std::optional<std::string> Section::scalar(const std::string& key) {
  const auto value = find(key);
  if (!value || value->IsNull()) return std::nullopt;
  if (value->IsScalar()) return value->Scalar();
  problems_.add(*value, name_ + key + " must be one value");
  return std::nullopt;
}

void Section::text(const std::string& key, std::string& out) {
  if (auto value = scalar(key)) out = std::move(*value);
}

void Section::path(const std::string& key, std::string& out) {
  const auto value = scalar(key);
  if (!value || value->empty()) return;
  const std::filesystem::path path(*value);
  out = path.is_absolute() ? *value : (std::filesystem::path(problems_.file).parent_path() / path).lexically_normal().string();
}

void Section::flag(const std::string& key, bool& out) {
  const auto value = scalar(key);
  if (!value) return;
  if (*value != "true" && *value != "false") return problem(key, name_ + key + " must be true or false, not \"" + *value + "\"");
  out = *value == "true";
}

void Section::number(const std::string& key, std::uint32_t& out, std::uint32_t min, std::uint32_t max) {
  const auto value = scalar(key);
  if (!value) return;
  const auto number = parse_number(*value);
  if (!number || *number < min || *number > max) {
    return problem(
        key, name_ + key + " must be a number from " + std::to_string(min) + " to " + std::to_string(max) + ", not \"" + *value + "\"");
  }
  out = static_cast<std::uint32_t>(*number);
}

void Section::bytes(const std::string& key, std::uint64_t& out) {
  const auto value = scalar(key);
  if (!value) return;
  const auto bytes = parse_bytes(*value);
  if (!bytes) return problem(key, name_ + key + " must be a number of bytes, such as 1048576, 512MiB or 20GiB, not \"" + *value + "\"");
  out = *bytes;
}

void Section::texts(const std::string& key, std::vector<std::string>& out) {
  const auto value = find(key);
  if (!value || value->IsNull()) return;
  if (!value->IsSequence()) return problems_.add(*value, name_ + key + " must be a list");
  out.clear();
  for (const auto& item : *value) {
    if (item.IsScalar()) {
      out.push_back(item.Scalar());
    } else {
      problems_.add(item, name_ + key + " must be a list of single values");
    }
  }
}

void Section::text_map(const std::string& key, std::map<std::string, std::string>& out) {
  const auto value = find(key);
  if (!value || value->IsNull()) return;
  if (!value->IsMap()) return problems_.add(*value, name_ + key + " must be a mapping");
  out.clear();
  for (const auto& item : *value) {
    if (item.first.IsScalar() && item.second.IsScalar()) {
      out[item.first.Scalar()] = item.second.Scalar();
    } else {
      problems_.add(item.first, name_ + key + " must map single values to single values");
    }
  }
}

Section Section::section(const std::string& key) {
  const auto value = find(key);
  if (value && value->IsMap()) return {*value, name_ + key + ".", problems_};
  if (value && !value->IsNull()) problems_.add(*value, name_ + key + " must be a mapping");
  return {YAML::Node(YAML::NodeType::Map), name_ + key + ".", problems_};
}

void Section::finish() {
  std::set<std::string> seen;
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar()) {
      problems_.add(entry.first, name_ + "…: a key must be a name");
      continue;
    }
    const std::string& key = entry.first.Scalar();
    if (!seen.insert(key).second) problems_.add(entry.first, name_ + key + " is given twice");
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const std::string near = nearest_name(key, known_);
    problems_.add(entry.first, "unknown key \"" + name_ + key + "\"" + (near.empty() ? "" : " (did you mean \"" + near + "\"?)"));
  }
}

void Section::problem(const std::string& key, const std::string& message) {
  for (const auto& entry : node_) {
    if (entry.first.IsScalar() && entry.first.Scalar() == key) return problems_.add(entry.first, message);
  }
  problems_.add(node_.Mark().is_null() ? 0 : line_of(node_), message);
}

void Section::must(const std::string& key, const std::string& value) {
  if (value.empty()) problem(key, name_ + key + " must be given");
}

}  // namespace farm::config
