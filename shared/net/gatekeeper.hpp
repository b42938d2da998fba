// Purpose: decides which CURVE keys may connect to the sockets of one Context (ZAP, ZeroMQ RFC 27), on a thread of its own.
// Make it before RouterLink::bind and keep it longer than the router; frames of peers that it did not name are dropped.
// A reload counts for new connections at once; connections that are open stay, so look the name up in the book for each message.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "shared/base/result.hpp"
#include "shared/net/context.hpp"
#include "shared/net/key_book.hpp"

namespace farm::net {

struct Rejection {
  std::string address;     // of the peer
  std::string public_key;  // Z85; empty if it was no CURVE request
  std::string reason;
};

class Gatekeeper {
 public:
  // Called on the gatekeeper's thread: must be quick and thread-safe (hand it to a Mailbox or a logger).
  using OnRejected = std::function<void(const Rejection&)>;

  // Conflict: this context has a gatekeeper already.
  static Result<std::unique_ptr<Gatekeeper>> start(Context& context, KeyBook book, OnRejected on_rejected);
  virtual ~Gatekeeper() = default;

  virtual void reload(KeyBook book) = 0;                     // thread-safe
  [[nodiscard]] virtual std::uint64_t rejected() const = 0;  // thread-safe; since the start
  [[nodiscard]] virtual std::uint64_t admitted() const = 0;  // thread-safe; since the start
};

}  // namespace farm::net
