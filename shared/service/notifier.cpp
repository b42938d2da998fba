#include "shared/service/notifier.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

namespace farm::service {
namespace {

std::optional<std::int64_t> number(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

Error bad(const char* name, const std::string& value) {
  return {ErrorKind::InvalidInput, "telling the service manager how it goes: " + std::string(name) + "=" + value.substr(0, 200) +
                                       " can't be understood; nothing is told"};
}

}  // namespace

Result<NotifierOptions> notifier_options(const Variable& variable, long pid) {
  NotifierOptions options;
  options.socket = variable("NOTIFY_SOCKET");
  if (options.socket.empty()) return options;
  const bool addressed = options.socket.front() == '/' || options.socket.front() == '@';
  if (!addressed || options.socket.size() < 2 || options.socket.size() >= sizeof(sockaddr_un::sun_path)) {
    return bad("NOTIFY_SOCKET", options.socket);
  }
  const std::string meant = variable("WATCHDOG_PID");
  const std::string micros = variable("WATCHDOG_USEC");
  const std::optional<std::int64_t> meant_pid = meant.empty() ? pid : number(meant);
  const std::optional<std::int64_t> every = micros.empty() ? 0 : number(micros);
  if (!meant_pid) return bad("WATCHDOG_PID", meant);
  if (!every) return bad("WATCHDOG_USEC", micros);
  if (*meant_pid == pid) options.watchdog_every = Millis{*every / 2'000};
  return options;
}

Result<Notifier> Notifier::open(NotifierOptions options) {
  Notifier notifier;
  if (options.socket.empty()) return notifier;
  notifier.fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (notifier.fd_ < 0) {
    return Error{ErrorKind::Unavailable, std::string("telling the service manager how it goes: no socket: ") + std::strerror(errno)};
  }
  notifier.options_ = std::move(options);
  return notifier;
}

Result<Notifier> Notifier::from_environment() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): read before any thread starts
    return std::string(value == nullptr ? "" : value);
  };
  Result<NotifierOptions> options = notifier_options(variable, ::getpid());
  if (!options) return std::move(options).error();
  return open(std::move(*options));
}

Notifier::~Notifier() {
  if (fd_ >= 0) ::close(fd_);
}

Notifier::Notifier(Notifier&& other) noexcept { *this = std::move(other); }

Notifier& Notifier::operator=(Notifier&& other) noexcept {
  std::swap(options_, other.options_);
  std::swap(fd_, other.fd_);
  std::swap(ready_untold_, other.ready_untold_);
  std::swap(alive_next_, other.alive_next_);
  return *this;
}

void Notifier::ready() { ready_untold_ = !send("READY=1"); }

void Notifier::alive(Instant now) {
  if (fd_ < 0) return;
  if (ready_untold_) ready();
  if (options_.watchdog_every.value == 0 || now < alive_next_) return;
  if (send("WATCHDOG=1")) alive_next_ = now + options_.watchdog_every;
}

void Notifier::stopping() { send("STOPPING=1"); }

// True where it is said, or nobody listens.
bool Notifier::send(std::string_view state) const {
  if (fd_ < 0) return true;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, options_.socket.data(), options_.socket.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + options_.socket.size());
  const ssize_t sent =
      ::sendto(fd_, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&address), length);
  return sent == static_cast<ssize_t>(state.size());
}

}  // namespace farm::service
