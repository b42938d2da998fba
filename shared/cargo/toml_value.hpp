// Purpose: a TOML document as plain values with lines, so that toml++ is seen in one .cpp. Internal to shared/cargo. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"

namespace farm::cargo_detail {

struct TomlValue {
  enum class Type { None, String, Integer, Float, Boolean, Time, Array, Table };
  Type type = Type::None;
  std::string text;  // String; and the canonical text of Integer, Float, Time
  bool boolean = false;
  std::vector<TomlValue> array;
  std::map<std::string, TomlValue> table;
  int line = 0;

  [[nodiscard]] bool is_table() const { return type == Type::Table; }
  [[nodiscard]] bool is_array() const { return type == Type::Array; }
  [[nodiscard]] bool is_string() const { return type == Type::String; }
  // nullptr where this is no table or has no such key.
  [[nodiscard]] const TomlValue* find(std::string_view key) const;
  // "" where there is no such string.
  [[nodiscard]] std::string string(std::string_view key) const;
  [[nodiscard]] bool flag(std::string_view key, bool otherwise) const;
  // The strings of an array; other items are left out.
  [[nodiscard]] std::vector<std::string> strings(std::string_view key) const;
  // One text for equal values: keys sorted, no comments, no layout.
  [[nodiscard]] std::string canonical() const;
};

// Error: InvalidInput with "file:line: what".
Result<TomlValue> parse_toml(std::string_view file_name, std::string_view text);

}  // namespace farm::cargo_detail
