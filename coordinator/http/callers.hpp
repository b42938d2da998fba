// Purpose: who asks, by the token in Authorization ("Bearer farm_…"). The loop puts up the key book again when it is reloaded. Thread-safe.
// Nothing of a wrong token is kept, told or logged.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "coordinator/metrics/metrics.hpp"
#include "shared/base/result.hpp"
#include "shared/http/server.hpp"
#include "shared/net/key_book.hpp"

namespace farm::coordinator {

class Callers {
 public:
  // `metrics` outlives it; counts what is refused.
  explicit Callers(metrics::Metrics& metrics) : metrics_(metrics) {}

  void book_is(net::KeyBook book);

  // Grows with each book, so that what was granted by an older one can be asked for again.
  [[nodiscard]] std::uint64_t book() const;
  // Error: Denied (401): no token, or one that is not in the book; says how to get one.
  [[nodiscard]] Result<net::KeyOwner> caller(std::string_view authorization) const;

 private:
  metrics::Metrics& metrics_;
  mutable std::mutex mutex_;
  std::uint64_t count_ = 1;
  std::shared_ptr<const net::KeyBook> book_ = std::make_shared<const net::KeyBook>();
};

// 401 as RFC 6750 wants it.
http::Answer who_are_you(const Error& error);

}  // namespace farm::coordinator
