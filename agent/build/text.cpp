#include "agent/build/text.hpp"

namespace farm::build {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// The length of the valid character that `text` begins with; 0 where it begins with none. Overlong forms and surrogates
// are none.
std::size_t character_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80U) return 1;
  std::size_t length = 0;
  if (first >= 0xC2U && first <= 0xDFU)
    length = 2;
  else if (first >= 0xE0U && first <= 0xEFU)
    length = 3;
  else if (first >= 0xF0U && first <= 0xF4U)
    length = 4;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t at = 1; at < length; ++at) {
    if (!is_continuation(text[at])) return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  if ((first == 0xE0U && second < 0xA0U) || (first == 0xEDU && second > 0x9FU)) return 0;
  if ((first == 0xF0U && second < 0x90U) || (first == 0xF4U && second > 0x8FU)) return 0;
  return length;
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    if (length == 0)
      out.push_back('?');
    else
      out += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

void cut_at_character(std::string& text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return;
  while (bytes_max > 0 && is_continuation(text[bytes_max])) --bytes_max;
  text.resize(bytes_max);
}

std::string printable(std::string_view text, std::size_t bytes_max) {
  // A little more than is kept, so that the cut doesn't make a good character a bad one.
  std::string out = valid_utf8(text.substr(0, bytes_max + 4));
  cut_at_character(out, bytes_max);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20U || c == 0x7F) c = ' ';
  }
  return out;
}

}  // namespace farm::build
