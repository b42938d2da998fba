// Purpose: CURVE keys: making, keeping and reading them. A key is 32 bytes, written as 40 characters of Z85 (ZeroMQ RFC 32).
// A key file holds one pair, mode 0600; it is refused if group or others can read it. Secrets appear in no message of an error.
#pragma once

#include <string>
#include <string_view>

#include "shared/base/result.hpp"

namespace farm::net {

struct KeyPair {
  std::string public_key;  // Z85, 40 characters
  std::string secret_key;  // Z85, 40 characters
  friend bool operator==(const KeyPair&, const KeyPair&) = default;
};

Result<KeyPair> generate_key_pair();
Result<std::string> public_key_of(std::string_view secret_key);
[[nodiscard]] bool is_z85_key(std::string_view text);  // 40 characters of the alphabet that decode to 32 bytes

// Writes a new file with mode 0600 and never overwrites one: Conflict if it exists.
Result<void> write_key_file(const std::string& path, const KeyPair& keys);
// NotFound, Denied (others can read it: chmod 600), Corrupt.
Result<KeyPair> read_key_file(const std::string& path);

}  // namespace farm::net
