// Purpose: tokens, by which people and scripts are known over HTTP: "farm_" and 64 hex digits, 256 bits of the kernel's randomness. The key
// book keeps only SHA-256 of the text, which needs no salt at that length: it can't be guessed back.
#pragma once

#include <string>
#include <string_view>

#include "shared/base/result.hpp"

namespace farm::net {

// Error: Internal (the kernel gives no randomness).
Result<std::string> new_token();
// "sha256:" and 64 lower-case hex digits. Of any text.
std::string hash_of_token(std::string_view token);
[[nodiscard]] bool is_token_hash(std::string_view text);
// In a time that does not depend on where they differ.
[[nodiscard]] bool is_same_hash(std::string_view left, std::string_view right);

}  // namespace farm::net
