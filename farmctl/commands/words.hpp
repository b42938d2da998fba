// Purpose: words of a command line that farmctl reads by itself: whole numbers, `help`, and the verb or option that a wrong word means.
// Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "farmctl/render/command_doc.hpp"
#include "shared/base/result.hpp"

namespace farm::ctl {

// A whole number in decimal digits alone. Error: InvalidInput, naming the text and what is taken.
Result<std::uint64_t> parse_number(std::string_view text, std::uint64_t least, std::uint64_t most);

// `help VERB…` is `VERB… --help`, as with docker and cargo.
std::vector<std::string> with_help_as_option(std::vector<std::string> arguments);

// "; did you mean `submit`?" for `build` (what docker's or cargo's users type) and for `sumbit`; "" where nothing is near.
std::string meant_verb(const std::string& word, const CommandDoc& of);
// What is wrong with an option that the parser did not take: "there is no option --no-cahce; did you mean `--no-cache`?", or that it stands
// before the verb that it is for (compose's -f).
std::string wrong_option(const std::string& word, const CommandDoc& of);
// The option parser's own words for what is missing, as ours: "job is required" → "SERVICE is missing", "--tag: 1 required TAG missing" →
// "--tag wants TAG".
std::string plain_complaint(const std::string& complaint, const CommandDoc& of);

}  // namespace farm::ctl
