// Purpose: internal to shared/compose: the nearest known word to a misspelt one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace farm::compose {

// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`; `limit + 1` where there are more than `limit`.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

// The nearest of the words within about a third of the word's length; "" where none is near.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);

// " (did you mean \"x\"?)" or "".
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace farm::compose
