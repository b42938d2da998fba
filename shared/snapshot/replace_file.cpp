#include "shared/snapshot/replace_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "shared/snapshot/posix.hpp"

namespace farm::snapshot {
namespace {

Result<void> write_all(int fd, std::string_view bytes, const std::string& file) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return posix_error(errno, "writing " + file);
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

}  // namespace

Result<void> replace_file(const std::string& file, std::string_view bytes) {
  std::error_code failed;
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder, failed);
  std::string temporary = file + ".XXXXXX";
  Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
  if (!fd) return posix_error(errno, "writing " + file);
  Result<void> done = write_all(fd.get(), bytes, file);
  if (done && ::rename(temporary.c_str(), file.c_str()) != 0) done = posix_error(errno, "replacing " + file);
  if (!done) ::unlink(temporary.c_str());
  return done;
}

}  // namespace farm::snapshot
