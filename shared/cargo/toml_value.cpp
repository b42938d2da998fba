#include "shared/cargo/toml_value.hpp"

#include <sstream>
#include <stdexcept>

namespace farm::cargo_detail {
[[noreturn]] static void toml_assertion_failed() { throw std::runtime_error("not valid TOML"); }
}  // namespace farm::cargo_detail

// Compiled into this file, with its assertions as exceptions: toml++ asserts on some bad input ("[[" and a control character), and bad
// input must never end the process.
#undef TOML_SHARED_LIB
#define TOML_HEADER_ONLY 1
#define TOML_ASSERT(expression) ((expression) ? static_cast<void>(0) : ::farm::cargo_detail::toml_assertion_failed())
#include <toml++/toml.h>

namespace farm::cargo_detail {
namespace {

int line_of(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

TomlValue convert(const toml::node& node) {
  TomlValue value;
  value.line = line_of(node);
  if (const toml::table* table = node.as_table()) {
    value.type = TomlValue::Type::Table;
    for (const auto& [key, child] : *table) value.table.emplace(std::string(key.str()), convert(child));
  } else if (const toml::array* array = node.as_array()) {
    value.type = TomlValue::Type::Array;
    value.array.reserve(array->size());
    for (const toml::node& child : *array) value.array.push_back(convert(child));
  } else if (const auto* text = node.as_string()) {
    value.type = TomlValue::Type::String;
    value.text = text->get();
  } else if (const auto* boolean = node.as_boolean()) {
    value.type = TomlValue::Type::Boolean;
    value.boolean = boolean->get();
  } else if (const auto* integer = node.as_integer()) {
    value.type = TomlValue::Type::Integer;
    value.text = std::to_string(integer->get());
  } else {
    std::ostringstream out;
    if (const auto* number = node.as_floating_point()) out << number->get();
    if (const auto* date = node.as_date()) out << date->get();
    if (const auto* time = node.as_time()) out << time->get();
    if (const auto* both = node.as_date_time()) out << both->get();
    value.type = node.is_floating_point() ? TomlValue::Type::Float : TomlValue::Type::Time;
    value.text = out.str();
  }
  return value;
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  out += '"';
}

void append(std::string& out, const TomlValue& value) {
  switch (value.type) {
    case TomlValue::Type::String: append_quoted(out, value.text); break;
    case TomlValue::Type::Boolean: out += value.boolean ? "true" : "false"; break;
    case TomlValue::Type::Array: {
      out += '[';
      for (std::size_t i = 0; i < value.array.size(); ++i) {
        if (i > 0) out += ',';
        append(out, value.array[i]);
      }
      out += ']';
      break;
    }
    case TomlValue::Type::Table: {
      out += '{';
      bool first = true;
      for (const auto& [key, child] : value.table) {
        if (!first) out += ',';
        first = false;
        append_quoted(out, key);
        out += '=';
        append(out, child);
      }
      out += '}';
      break;
    }
    default: out += value.text;
  }
}

}  // namespace

const TomlValue* TomlValue::find(std::string_view key) const {
  if (!is_table()) return nullptr;
  const auto found = table.find(std::string(key));
  return found == table.end() ? nullptr : &found->second;
}

std::string TomlValue::string(std::string_view key) const {
  const TomlValue* found = find(key);
  return found != nullptr && found->is_string() ? found->text : "";
}

bool TomlValue::flag(std::string_view key, bool otherwise) const {
  const TomlValue* found = find(key);
  return found != nullptr && found->type == Type::Boolean ? found->boolean : otherwise;
}

std::vector<std::string> TomlValue::strings(std::string_view key) const {
  std::vector<std::string> list;
  const TomlValue* found = find(key);
  if (found == nullptr || !found->is_array()) return list;
  for (const TomlValue& item : found->array) {
    if (item.is_string()) list.push_back(item.text);
  }
  return list;
}

std::string TomlValue::canonical() const {
  std::string out;
  append(out, *this);
  return out;
}

Result<TomlValue> parse_toml(std::string_view file_name, std::string_view text) {
  try {
    return convert(toml::parse(text));
  } catch (const toml::parse_error& error) {
    const Place place{std::string(file_name), static_cast<int>(error.source().begin.line), 0};
    return Error{ErrorKind::InvalidInput, to_string(place) + ": " + std::string(error.description())};
  } catch (const std::exception& error) {
    return Error{ErrorKind::InvalidInput, std::string(file_name) + ": " + error.what()};
  }
}

}  // namespace farm::cargo_detail
