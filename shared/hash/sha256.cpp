#include "shared/hash/sha256.hpp"

#include <array>

#include <openssl/evp.h>

namespace farm {

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  FARM_ASSERT(state_->context != nullptr);
  FARM_ASSERT(EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) { FARM_ASSERT(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1); }

Digest Sha256::finish() {
  Digest digest;
  unsigned int length = 0;
  FARM_ASSERT(EVP_DigestFinal_ex(state_->context, digest.bytes.data(), &length) == 1);
  FARM_ASSERT(length == digest.bytes.size());
  return digest;
}

Digest sha256(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

KeyHasher::KeyHasher(std::string_view domain) { put(domain); }

void KeyHasher::put(std::string_view bytes) {
  std::array<char, 8> length{};
  for (std::size_t i = 0; i < length.size(); ++i) {
    length[i] = static_cast<char>((static_cast<std::uint64_t>(bytes.size()) >> (8 * i)) & 0xFFU);
  }
  hash_.update({length.data(), length.size()});
  hash_.update(bytes);
}

KeyHasher& KeyHasher::field(std::string_view name, std::string_view value) {
  put(name);
  put(value);
  return *this;
}
KeyHasher& KeyHasher::field(std::string_view name, std::uint64_t value) { return field(name, std::to_string(value)); }
KeyHasher& KeyHasher::field(std::string_view name, const Digest& value) { return field(name, value.hex()); }
KeyHasher& KeyHasher::list(std::string_view name, std::uint64_t count) { return field(name, "#" + std::to_string(count)); }
Digest KeyHasher::finish() { return hash_.finish(); }

}  // namespace farm
