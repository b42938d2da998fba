// Purpose: for this folder's .cpp files only: reads the keys of one YAML mapping into values and collects every problem with its line.
// The keys that are asked for are the keys that exist: finish() reports all others, with the nearest name.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/config/nearest.hpp"

namespace farm::config {

struct Problems {
  std::string file;
  std::vector<Diagnostic> diagnostics;
  void add(const YAML::Node& where, std::string message);
  void add(int line, std::string message) { diagnostics.push_back({Severity::Error, {file, line, 0}, std::move(message)}); }
};

class Section {
 public:
  // `name` is for messages: "" at the top, "registry." below.
  Section(YAML::Node node, std::string name, Problems& problems);

  void text(const std::string& key, std::string& out);
  void path(const std::string& key, std::string& out);  // relative to the file's directory
  void flag(const std::string& key, bool& out);
  void number(const std::string& key, std::uint32_t& out, std::uint32_t min, std::uint32_t max);
  void bytes(const std::string& key, std::uint64_t& out);  // "1048576", "512MiB", "20GiB"
  void texts(const std::string& key, std::vector<std::string>& out);
  void text_map(const std::string& key, std::map<std::string, std::string>& out);
  [[nodiscard]] Section section(const std::string& key);
  // Reports unknown and doubled keys.
  void finish();

  // An error at the key's line, or at the section's if the key is not there.
  void problem(const std::string& key, const std::string& message);
  void must(const std::string& key, const std::string& value);

 private:
  std::optional<YAML::Node> find(const std::string& key);
  std::optional<std::string> scalar(const std::string& key);

  YAML::Node node_;
  std::string name_;
  Problems& problems_;
  std::vector<std::string> known_;
};

// Reads `text` as one mapping; a text without content is an empty one. Nothing where it is no YAML: the problem is recorded.
std::optional<YAML::Node> parse_mapping(std::string_view text, Problems& problems);

}  // namespace farm::config
