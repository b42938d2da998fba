#include "farmctl/render/escape.hpp"

#include <algorithm>
#include <cstdint>

namespace farm::ctl {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

std::uint32_t byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

// Length of the character at `at`, and its code; 0 where there is no valid one.
std::size_t decode(std::string_view text, std::size_t at, std::uint32_t& code) {
  const std::uint32_t first = byte_at(text, at);
  code = first;
  if (first < 0x80U) return 1;
  const std::size_t length = first >= 0xF0U ? 4 : first >= 0xE0U ? 3 : first >= 0xC0U ? 2 : 0;
  if (length == 0 || at + length > text.size() || first > 0xF4U) return 0;
  code = first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte_at(text, at + i) & 0xC0U) != 0x80U) return 0;
    code = code << 6U | (byte_at(text, at + i) & 0x3FU);
  }
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest[length] || code > 0x10FFFFU || (code >= 0xD800U && code <= 0xDFFFU)) return 0;
  return length;
}

// Each character handed to `take(code, bytes)`; what is none is U+FFFD.
template <typename Take>
void for_each_character(std::string_view text, Take take) {
  for (std::size_t i = 0; i < text.size();) {
    std::uint32_t code = 0;
    const std::size_t length = decode(text, i, code);
    if (length == 0) {
      take(0xFFFDU, kReplacement);
    } else {
      take(code, text.substr(i, length));
    }
    i += std::max<std::size_t>(length, 1);
  }
}

bool is_control(std::uint32_t code) { return code < 0x20U || (code >= 0x7FU && code < 0xA0U) || code == 0x2028U || code == 0x2029U; }

}  // namespace

std::string valid_utf8(std::string_view text) {
  std::string result;
  for_each_character(text, [&](std::uint32_t, std::string_view bytes) { result += bytes; });
  return result;
}

std::string cut(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  std::size_t end = bytes_max;
  while (end > 0 && (byte_at(text, end) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "…";
}

std::string xml_text(std::string_view text) {
  std::string result;
  for_each_character(text, [&](std::uint32_t code, std::string_view bytes) {
    const bool illegal = (code < 0x20U && code != '\t' && code != '\n' && code != '\r') || code == 0xFFFEU || code == 0xFFFFU;
    if (illegal) {
      result += kReplacement;
      return;
    }
    switch (code) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      case '\'': result += "&apos;"; break;
      case '\r': result += "&#13;"; break;  // else a reader makes it a line end
      default: result += bytes;
    }
  });
  return result;
}

std::string markdown_text(std::string_view text) {
  // "-", "." and the like are markup at the start of a line only, and this text never starts one.
  constexpr std::string_view kMarkup = "\\`*_{}[]<>#+!|~$@&";
  std::string result;
  for_each_character(text, [&](std::uint32_t code, std::string_view bytes) {
    if (is_control(code)) {
      result += ' ';
      return;
    }
    if (code < 0x80U && kMarkup.find(static_cast<char>(code)) != std::string_view::npos) result += '\\';
    result += bytes;
  });
  return result;
}

std::string markdown_block(std::string_view text) {
  std::size_t longest = 0;
  std::size_t run = 0;
  std::string body;
  for_each_character(text, [&](std::uint32_t code, std::string_view bytes) {
    run = code == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
    if (code == '\n' || code == '\t' || !is_control(code)) body += bytes;
  });
  const std::string fence(std::max<std::size_t>(longest + 1, 3), '`');
  if (!body.empty() && body.back() != '\n') body += '\n';
  return fence + "text\n" + body + fence + "\n";
}

std::string workflow_data(std::string_view text) {
  std::string result;
  for_each_character(text, [&](std::uint32_t code, std::string_view bytes) {
    switch (code) {
      case '%': result += "%25"; break;
      case '\r': result += "%0D"; break;
      case '\n': result += "%0A"; break;
      default:
        if (is_control(code)) {
          result += ' ';
        } else {
          result += bytes;
        }
    }
  });
  return result;
}

std::string workflow_property(std::string_view text) {
  std::string result;
  for (const char c : workflow_data(text)) {
    switch (c) {
      case ':': result += "%3A"; break;
      case ',': result += "%2C"; break;
      default: result += c;
    }
  }
  return result;
}

}  // namespace farm::ctl
