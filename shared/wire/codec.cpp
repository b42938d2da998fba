#include "shared/wire/codec.hpp"

#include <algorithm>
#include <cstring>

namespace farm::wire {

void fail(ErrorKind kind, std::string message) { throw DecodeFailure{Error{kind, std::move(message)}}; }

void fail_unknown(std::string_view what, unsigned number) {
  fail(ErrorKind::Unsupported, std::string(what) + " number " + std::to_string(number) +
                                   " is not known to this version of farm (" FARM_VERSION "): update the older side");
}

std::string message_bytes(capnp::MessageBuilder& message) {
  const kj::Array<capnp::word> words = capnp::messageToFlatArray(message);
  const auto bytes = words.asBytes();
  return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

Digest from_digest(capnp::Data::Reader value) {
  Digest digest;
  if (value.size() == 0) return digest;
  if (value.size() != digest.bytes.size()) fail(ErrorKind::Corrupt, "a digest has " + std::to_string(value.size()) + " bytes");
  std::copy(value.begin(), value.end(), digest.bytes.begin());
  return digest;
}

AlignedWords::AlignedWords(std::string_view bytes) : words(kj::heapArray<capnp::word>(bytes.size() / sizeof(capnp::word))) {
  std::memcpy(words.begin(), bytes.data(), bytes.size());
}

}  // namespace farm::wire
