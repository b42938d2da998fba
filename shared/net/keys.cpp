#include "shared/net/keys.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace farm::net {
namespace {

constexpr std::size_t kKeyTextSize = 40;
constexpr std::string_view kPublicPrefix = "public: ";
constexpr std::string_view kSecretPrefix = "secret: ";

using KeyText = std::array<char, kKeyTextSize + 1>;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

std::string value_after(std::string_view text, std::string_view prefix) {
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view line = text.substr(start, end - start);
    if (line.starts_with(prefix)) return std::string(line.substr(prefix.size()));
    start = end + 1;
  }
  return {};
}

}  // namespace

bool is_z85_key(std::string_view text) {
  // libzmq's decoder looks up each character in a table of 96 without a check of the alphabet's end, so it is checked here.
  constexpr std::string_view kAlphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
  if (text.size() != kKeyTextSize || text.find_first_not_of(kAlphabet) != std::string_view::npos) return false;
  std::array<std::uint8_t, 32> bytes{};
  return zmq_z85_decode(bytes.data(), std::string(text).c_str()) != nullptr;
}

Result<KeyPair> generate_key_pair() {
  KeyText public_key{};
  KeyText secret_key{};
  if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0) {
    return Error{ErrorKind::Unsupported, "making a key pair: this libzmq has no CURVE support"};
  }
  return KeyPair{public_key.data(), secret_key.data()};
}

Result<std::string> public_key_of(std::string_view secret_key) {
  KeyText public_key{};
  if (!is_z85_key(secret_key) || zmq_curve_public(public_key.data(), std::string(secret_key).c_str()) != 0) {
    return Error{ErrorKind::InvalidInput, "the secret key is not 40 characters of Z85"};
  }
  return std::string(public_key.data());
}

Result<void> write_key_file(const std::string& path, const KeyPair& keys) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.get() < 0) {
    if (errno == EEXIST) return Error{ErrorKind::Conflict, path + ": exists already; a key file is never overwritten"};
    return Error{ErrorKind::Unavailable, path + ": the key file can't be written: " + std::strerror(errno)};
  }
  const std::string text = std::string(kPublicPrefix) + keys.public_key + "\n" + std::string(kSecretPrefix) + keys.secret_key + "\n";
  const auto written = ::write(file.get(), text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size()) || ::fsync(file.get()) != 0) {
    const int number = errno;
    ::unlink(path.c_str());
    return Error{ErrorKind::Unavailable, path + ": the key file can't be written: " + std::strerror(number)};
  }
  return {};
}

Result<KeyPair> read_key_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) {
    if (errno == ENOENT) return Error{ErrorKind::NotFound, path + ": no such key file; make one with: farmctl keys new"};
    return Error{ErrorKind::Denied, path + ": the key file can't be read: " + std::strerror(errno)};
  }
  struct stat info{};
  if (::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return Error{ErrorKind::Corrupt, path + ": is not a regular file"};
  if ((info.st_mode & 077U) != 0) {
    return Error{ErrorKind::Denied, path + ": the key file can be read by others; run: chmod 600 " + path};
  }
  std::array<char, 4096> buffer{};
  const auto size = ::read(file.get(), buffer.data(), buffer.size());
  const std::string_view text(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  const KeyPair keys{value_after(text, kPublicPrefix), value_after(text, kSecretPrefix)};
  const Result<std::string> expected = public_key_of(keys.secret_key);
  if (!expected || *expected != keys.public_key) {
    return Error{ErrorKind::Corrupt, path + ": holds no pair of keys (lines \"public: …\" and \"secret: …\" that fit together)"};
  }
  return keys;
}

}  // namespace farm::net
