// Purpose: text from builds (logs, names, reasons: anything may stand in them) made harmless in the formats of CI systems. Pure.
#pragma once

#include <string>
#include <string_view>

namespace farm::ctl {

// Bytes that are no UTF-8 become U+FFFD.
std::string valid_utf8(std::string_view text);

// At most `bytes_max` bytes, cut at a character's boundary, with "…" where something was cut. `text` must be valid UTF-8.
std::string cut(std::string_view text, std::size_t bytes_max);

// For XML 1.0, as text and within quotes alike. What XML can't hold (most control characters) becomes U+FFFD.
std::string xml_text(std::string_view text);

// One line of Markdown in which nothing is markup: for a cell of a table or the item of a list.
std::string markdown_text(std::string_view text);

// A fenced block that nothing in the text can end.
std::string markdown_block(std::string_view text);

// The message and the properties of a GitHub workflow command (`::error file=PROPERTY::DATA`): always one line.
std::string workflow_data(std::string_view text);
std::string workflow_property(std::string_view text);

}  // namespace farm::ctl
