// Purpose: the coordinator as an object: everything it is made of, and its loop. One thread runs run(); registry work and HTTP have threads
// of their own; libzmq and the gatekeeper too. No globals, so that tests run several in one process.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/config/config.hpp"
#include "shared/log/log.hpp"
#include "shared/net/poller.hpp"

namespace farm::coordinator {

class Coordinator {
 public:
  // Opens the store, takes up its state, binds the sockets. Errors name what to change: Conflict (address or state directory in use),
  // Corrupt, Unsupported (the store), NotFound, Denied, InvalidInput (keys), Unavailable. `log` outlives it.
  static Result<std::unique_ptr<Coordinator>> start(const config::CoordinatorConfig& config, log::Logger& log);
  ~Coordinator();

  // Serves until stop(). `turned` is called after each turn of the loop, at least every second: a sign of life. Error: the store takes no
  // records any more.
  Result<void> run(const std::function<void(Instant)>& turned = {});
  // From any thread, also from a signal handler.
  void stop() noexcept;
  void reload_keys() noexcept;  // reads the key book again

  [[nodiscard]] std::string endpoint() const;     // "tcp://127.0.0.1:7440", with the real port
  [[nodiscard]] std::uint16_t http_port() const;  // 0: no HTTP
  [[nodiscard]] std::string public_key() const;   // Z85, what agents and clients must know

  struct Parts;

 private:
  explicit Coordinator(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace farm::coordinator
