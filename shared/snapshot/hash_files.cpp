#include "shared/snapshot/hash_files.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include "shared/hash/sha256.hpp"
#include "shared/snapshot/posix.hpp"

namespace farm::snapshot {
namespace {

constexpr std::size_t kBufferBytes = 256U << 10U;
constexpr int kReadsMax = 3;                 // of a file that changes while it is read
constexpr std::size_t kFilesPerThread = 16;  // fewer files are not worth a thread

Result<Digest> hash_open_file(int fd, const std::string& path, std::vector<char>& buffer) {
  Sha256 hash;
  while (true) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return posix_error(errno, "reading " + path);
    if (got == 0) return hash.finish();
    hash.update({buffer.data(), static_cast<std::size_t>(got)});
  }
}

Result<HashedFile> hash_file(int root_fd, const std::string& path, std::size_t index, std::vector<char>& buffer) {
  for (int attempt = 0; attempt < kReadsMax; ++attempt) {
    const Fd fd(::openat(root_fd, path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (!fd && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) {
      return Error{ErrorKind::Conflict, path + " went away while the context was read; run the command again"};
    }
    if (!fd) {
      Error error = posix_error(errno, "reading " + path);
      if (error.kind == ErrorKind::Denied) error.message += "; make it readable or exclude it in .dockerignore";
      return error;
    }
    const Result<StampedMode> before = stamp_of_open_file(fd.get(), path);
    if (!before) return before.error();
    const Result<Digest> digest = hash_open_file(fd.get(), path, buffer);
    if (!digest) return digest.error();
    const Result<StampedMode> after = stamp_of_open_file(fd.get(), path);
    if (!after) return after.error();
    if (before->stamp == after->stamp) return HashedFile{index, *digest, *after};
  }
  return Error{ErrorKind::Conflict, path + " changes while it is read; stop what writes to it, or exclude it in .dockerignore"};
}

// What the threads share: the next file to take, and the first error by the order of the files.
struct Shared {
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  std::map<std::size_t, Error> errors;
};

}  // namespace

Result<std::vector<HashedFile>> hash_files(int root_fd, const Walk& walk, const std::vector<std::size_t>& wanted, std::uint32_t threads) {
  std::vector<HashedFile> hashed(wanted.size());
  Shared shared;
  const auto work = [&] {
    std::vector<char> buffer(kBufferBytes);
    while (!shared.failed) {
      const std::size_t at = shared.next.fetch_add(1);
      if (at >= wanted.size()) return;
      Result<HashedFile> one = hash_file(root_fd, walk.files[wanted[at]].path, wanted[at], buffer);
      if (one) {
        hashed[at] = *one;
        continue;
      }
      const std::lock_guard lock(shared.mutex);
      shared.errors.emplace(at, one.error());
      shared.failed = true;
    }
  };
  {
    std::vector<std::jthread> helpers;
    const std::size_t useful = std::min<std::size_t>(threads, wanted.size() / kFilesPerThread);
    for (std::size_t i = 1; i < useful; ++i) {
      try {
        helpers.emplace_back(work);
      } catch (const std::system_error&) {
        break;  // no more threads to be had: fewer do the same work
      }
    }
    work();
  }
  if (!shared.errors.empty()) return shared.errors.begin()->second;
  return hashed;
}

}  // namespace farm::snapshot
