// Purpose: a SHA-256 digest as a value. It is computed by shared/hash; here it only has text forms.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/result.hpp"

namespace farm {

struct Digest {
  std::array<std::uint8_t, 32> bytes{};
  friend auto operator<=>(const Digest&, const Digest&) = default;

  [[nodiscard]] bool empty() const { return *this == Digest{}; }
  [[nodiscard]] std::string hex() const;        // 64 lower-case digits
  [[nodiscard]] std::string short_hex() const;  // the first 12, for people
  [[nodiscard]] std::string oci() const;        // "sha256:" + hex()
};

// Reads "sha256:<64 hex>" or 64 hex digits. Error: InvalidInput.
Result<Digest> parse_digest(std::string_view text);

}  // namespace farm
