// Purpose: the fork and exec of PosixProcessRunner, apart from its waiting. Not for others.
#pragma once

#include <sys/types.h>

#include "agent/exec/process_runner.hpp"

namespace farm::exec {

// A descriptor that closes itself.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = other.release();
    }
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool open() const { return fd_ >= 0; }
  void reset();
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_ = -1;
};

struct Child {
  pid_t pid = -1;    // also its process group and session
  Descriptor pidfd;  // readable once it has ended
  Descriptor out;    // read ends, non-blocking
  Descriptor err;
};

// Errors as ProcessRunner::run.
Result<Child> spawn(const ProcessSpec& spec);

}  // namespace farm::exec
