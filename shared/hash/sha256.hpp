// Purpose: SHA-256 over bytes, and over a canonical encoding of fields, for keys. A pure function; OpenSSL is seen in the .cpp only.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "shared/base/digest.hpp"

namespace farm {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::string_view bytes);
  // Ends the computation; call once.
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest sha256(std::string_view bytes);

// Hashes fields so that no two different lists of fields have the same encoding: each field is its length (8 bytes, little endian) and
// its bytes; `list(n)` opens n entries. Field names are hashed too, so that a value can't move from one field to another unseen.
class KeyHasher {
 public:
  explicit KeyHasher(std::string_view domain);  // e.g. "farm.job.v1"
  KeyHasher& field(std::string_view name, std::string_view value);
  KeyHasher& field(std::string_view name, std::uint64_t value);
  KeyHasher& field(std::string_view name, const Digest& value);
  KeyHasher& list(std::string_view name, std::uint64_t count);
  Digest finish();

 private:
  void put(std::string_view bytes);
  Sha256 hash_;
};

}  // namespace farm
