// Purpose: owns libzmq's context (one I/O thread). Make one per process (or test) in main and pass it by reference. It must outlive the
// links and the gatekeeper made with it. Its destructor never hangs: all sockets of this folder have a bounded linger.
#pragma once

#include <memory>

namespace farm::net {

class Context {
 public:
  Context();
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  struct Impl;
  [[nodiscard]] Impl& impl() { return *impl_; }  // for this folder only

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace farm::net
