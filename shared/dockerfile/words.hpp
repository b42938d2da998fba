// Purpose: the word-level rules of Dockerfile instructions: JSON arrays, NAME=VALUE words, flags, heredoc words. Internal. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/dockerfile/dockerfile.hpp"

namespace farm::dockerfile_detail {

enum class JsonForm { No, Yes, NotStrings };
// A JSON array of strings into `words`. NotStrings: valid JSON array with something else in it, which BuildKit refuses.
JsonForm parse_json_words(std::string_view text, std::vector<std::string>& words);

// Split at runs of blanks; quotes mean nothing.
std::vector<std::string> split_blanks(std::string_view text);
// Split at blanks outside quotes; quotes and escapes stay in the words.
std::vector<std::string> split_quoted(std::string_view text, char escape);

// Cuts the flags off the front of `text`. Returns the length that they take.
std::size_t cut_flags(std::string_view text, char escape, std::vector<std::string>& flags);

// The heredocs that a line of RUN, COPY or ADD opens, without bodies.
std::vector<Heredoc> find_heredocs(std::string_view text);
// Whether one word is "<<NAME".
std::optional<Heredoc> heredoc_word(std::string_view word);

}  // namespace farm::dockerfile_detail
