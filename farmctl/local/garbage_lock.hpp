// Purpose: one farmctl at a time changes the files of a local farm's registry behind its back, and nobody starts the registry meanwhile:
// what builds push to it then would be collected too. Ends with the process.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "farmctl/local/layout.hpp"

namespace farm::ctl {

// A file of the farm that is there while the registry is stopped for that.
constexpr const char* kCollectingMark = "run/collecting";

class GarbageLock {
 public:
  explicit GarbageLock(const LocalLayout& layout)
      : fd_(::open(layout.path("run/garbage.lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)) {}
  GarbageLock(const GarbageLock&) = delete;
  GarbageLock& operator=(const GarbageLock&) = delete;
  ~GarbageLock() {
    if (fd_ >= 0) ::close(fd_);
  }
  // False: another farmctl holds it.
  [[nodiscard]] bool take() const { return fd_ >= 0 && ::flock(fd_, LOCK_EX | LOCK_NB) == 0; }
  // For starting the registry: several may. False: somebody collects.
  [[nodiscard]] bool share() const { return fd_ >= 0 && ::flock(fd_, LOCK_SH | LOCK_NB) == 0; }

  // Whoever has a copy of this descriptor holds the lock, until the last copy is closed.
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace farm::ctl
