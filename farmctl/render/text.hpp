// Purpose: small pieces of text that all renderings share. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/time.hpp"

namespace farm::ctl {

std::string format_duration(Millis duration);   // "0.08 s", "4.2 s", "1 min 12 s"
std::string format_bytes(std::uint64_t bytes);  // "312 B", "4.1 MB"
// "1 slice", "2 slices"
std::string count_of(std::size_t count, const std::string& noun);
// Columns the text takes on a terminal, counting UTF-8 characters (not bytes).
std::size_t display_width(std::string_view text);
// At most `width` columns; what is cut is marked by "…". Control characters become spaces.
std::string fit(std::string_view text, std::size_t width);
// The same, but cut in the middle: names often differ at their end only.
std::string fit_middle(std::string_view text, std::size_t width);
std::string pad(std::string text, std::size_t width);  // to the right

// Rows of equal length under a header; columns as wide as their widest cell, two spaces between, no trailing blanks.
std::string render_columns(const std::vector<std::vector<std::string>>& rows);

}  // namespace farm::ctl
