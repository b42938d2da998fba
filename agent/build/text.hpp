// Purpose: text of other programs made fit for messages, JSON and terminals. Pure.
#pragma once

#include <string>
#include <string_view>

namespace farm::build {

// Bytes that are no UTF-8 become '?'.
std::string valid_utf8(std::string_view text);

// At most `bytes_max` bytes of valid UTF-8, cut at a character's boundary; control characters become spaces.
std::string printable(std::string_view text, std::size_t bytes_max);

// Cut at a character's boundary. `text` must be valid UTF-8.
void cut_at_character(std::string& text, std::size_t bytes_max);

}  // namespace farm::build
