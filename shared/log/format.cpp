#include <algorithm>

#include "shared/log/log.hpp"

namespace farm::log {
namespace {

constexpr std::size_t kLineBytesMax = 8U << 10U;
constexpr std::string_view kCut = " […cut]";

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

void append_escaped(std::string& out, std::string_view text, bool quoted) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (is_control(c)) {
      out += "\\x";
      out += kHex[static_cast<unsigned char>(c) >> 4U];
      out += kHex[static_cast<unsigned char>(c) & 15U];
    } else if (quoted && (c == '"' || c == '\\')) {
      out += '\\';
      out += c;
    } else {
      out += c;
    }
  }
}

void append_value(std::string& out, const std::string& value) {
  const auto needs_quotes = [](char c) { return c == ' ' || c == '"' || c == '=' || c == '\\' || is_control(c); };
  if (!value.empty() && std::none_of(value.begin(), value.end(), needs_quotes)) {
    out += value;
    return;
  }
  out += '"';
  append_escaped(out, value, true);
  out += '"';
}

}  // namespace

std::string format_line(std::string_view message, std::span<const Field> fields) {
  std::string line;
  append_escaped(line, message, false);
  for (const Field& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    append_value(line, field.value);
  }
  if (line.size() > kLineBytesMax) {
    line.resize(kLineBytesMax);
    line += kCut;
  }
  return line;
}

Result<Level> parse_level(std::string_view text) {
  if (text == "debug") return Level::Debug;
  if (text == "info") return Level::Info;
  if (text == "warning") return Level::Warning;
  if (text == "error") return Level::Error;
  return Error{ErrorKind::InvalidInput, "\"" + std::string(text) + "\" is no log level; levels are debug, info, warning, error"};
}

}  // namespace farm::log
