#include "shared/base/digest.hpp"

namespace farm {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kPrefix = "sha256:";

}  // namespace

std::string Digest::hex() const {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += kHexDigits[byte >> 4U];
    text += kHexDigits[byte & 15U];
  }
  return text;
}

std::string Digest::short_hex() const { return hex().substr(0, 12); }

std::string Digest::oci() const { return std::string(kPrefix) + hex(); }

Result<Digest> parse_digest(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with(kPrefix)) digits.remove_prefix(kPrefix.size());
  Digest digest;
  if (digits.size() != digest.bytes.size() * 2) {
    return Error{ErrorKind::InvalidInput, "'" + std::string(text.substr(0, 100)) + "' is not a sha256 digest (64 hex digits)"};
  }
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
    const std::size_t high = kHexDigits.find(digits[2 * i]);
    const std::size_t low = kHexDigits.find(digits[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) {
      return Error{ErrorKind::InvalidInput, "'" + std::string(text) + "' is not a sha256 digest (lower-case hex digits)"};
    }
    digest.bytes[i] = static_cast<std::uint8_t>((high << 4U) | low);
  }
  return digest;
}

}  // namespace farm
