// Purpose: the few POSIX pieces that snapshot and archive share: a file descriptor that closes itself, and errno as an
// Error.
#pragma once

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <dirent.h>
#include <unistd.h>

#include "shared/base/error.hpp"

namespace farm {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { close(); }

  explicit operator bool() const { return fd_ >= 0; }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

struct DirCloser {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

// errno → Error: "doing: text of errno". ENOENT is NotFound, EACCES Denied, a full disk Overloaded, the rest
// Unavailable.
inline Error posix_error(int number, const std::string& doing) {
  ErrorKind kind = ErrorKind::Unavailable;
  switch (number) {
    case ENOENT:
    case ENOTDIR: kind = ErrorKind::NotFound; break;
    case EACCES:
    case EPERM: kind = ErrorKind::Denied; break;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE: kind = ErrorKind::Overloaded; break;
    case ELOOP:
    case EINVAL:
    case EISDIR:
    case ENAMETOOLONG: kind = ErrorKind::InvalidInput; break;
    case EEXIST: kind = ErrorKind::Conflict; break;
    default: break;
  }
  return {kind, doing + ": " + std::strerror(number)};
}

}  // namespace farm
