#include "shared/net/tokens.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "shared/hash/sha256.hpp"

namespace farm::net {
namespace {

constexpr std::string_view kTokenPrefix = "farm_";
constexpr std::string_view kHashPrefix = "sha256:";
constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::size_t kHashDigits = 64;

}  // namespace

Result<std::string> new_token() {
  Digest random;
  if (::getrandom(random.bytes.data(), random.bytes.size(), 0) != static_cast<ssize_t>(random.bytes.size())) {
    return Error{ErrorKind::Internal, std::string("making a token: the kernel gives no randomness: ") + std::strerror(errno)};
  }
  return std::string(kTokenPrefix) + random.hex();
}

std::string hash_of_token(std::string_view token) { return std::string(kHashPrefix) + sha256(token).hex(); }

bool is_token_hash(std::string_view text) {
  return text.size() == kHashPrefix.size() + kHashDigits && text.starts_with(kHashPrefix) &&
         text.substr(kHashPrefix.size()).find_first_not_of(kHexDigits) == std::string_view::npos;
}

bool is_same_hash(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  unsigned different = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    different |= static_cast<unsigned>(static_cast<unsigned char>(left[i]) ^ static_cast<unsigned char>(right[i]));
  }
  return different == 0;
}

}  // namespace farm::net
