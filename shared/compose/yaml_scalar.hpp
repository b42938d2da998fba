// Purpose: internal to shared/compose: what a scalar without quotes means, and the text in which compose hands it on (`1.80` becomes
// "1.8").
#pragma once

#include <optional>
#include <string>

namespace farm::compose {

// "", "~", "null", "Null", "NULL".
bool is_null_text(const std::string& text);

// For what YAML reads as a boolean or number where it stands without quotes: the text that compose makes of it (booleans in lower case,
// integers in decimal, floats in their shortest form: 1.80 becomes "1.8"). Nothing for a string.
std::optional<std::string> plain_typed(const std::string& text);

// As compose reads a boolean that may come from a variable: true/false, yes/no, on/off, y/n, 1/0, in any case.
std::optional<bool> parse_bool(const std::string& text);

}  // namespace farm::compose
