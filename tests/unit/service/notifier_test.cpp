#include "shared/service/notifier.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <map>
#include <string>

#include "tests/support/temp_dir.hpp"

namespace farm::service {
namespace {

// What systemd's side of the socket gets.
class Manager {
 public:
  explicit Manager(std::string path) : path_(std::move(path)), fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    listen();
  }
  ~Manager() { ::close(fd_); }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  // The next message, "" where there is none.
  std::string heard() const {
    std::array<char, 256> text{};
    const ssize_t size = ::recv(fd_, text.data(), text.size(), 0);
    return size < 0 ? std::string() : std::string(text.data(), static_cast<std::size_t>(size));
  }

 private:
  void listen() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size());
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), length), 0) << path_;
  }
  std::string path_;
  int fd_;
};

Result<NotifierOptions> options_of(const std::map<std::string, std::string>& environment) {
  return notifier_options(
      [&](const char* name) {
        const auto at = environment.find(name);
        return at == environment.end() ? std::string() : at->second;
      },
      42);
}

Notifier notifier_for(const std::string& socket, Millis every = Millis{0}) {
  Result<Notifier> opened = Notifier::open({socket, every});
  EXPECT_TRUE(opened) << opened.error().message;
  return std::move(*opened);
}

TEST(NotifierOptions, AProgramThatNobodyWatchesTellsNothing) {
  const Result<NotifierOptions> options = options_of({});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->socket, "");
  EXPECT_EQ(options->watchdog_every, Millis{0});
  Notifier notifier = notifier_for("");
  notifier.ready();
  notifier.alive(Instant{1});
  notifier.stopping();
}

TEST(NotifierOptions, ASignOfLifeIsSentTwiceAsOftenAsAsked) {
  const Result<NotifierOptions> options = options_of({{"NOTIFY_SOCKET", "/run/x"}, {"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "42"}});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->watchdog_every, Millis{15'000});
}

TEST(NotifierOptions, AWatchdogForAnotherProcessIsNotFed) {
  const Result<NotifierOptions> options = options_of({{"NOTIFY_SOCKET", "/run/x"}, {"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "43"}});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->watchdog_every, Millis{0});
}

TEST(NotifierOptions, WhatIsNoSocketAndNoNumberIsNamed) {
  const std::map<std::string, std::string> bad[] = {
      {{"NOTIFY_SOCKET", "relative"}},
      {{"NOTIFY_SOCKET", "/"}},
      {{"NOTIFY_SOCKET", "/" + std::string(200, 'x')}},
      {{"NOTIFY_SOCKET", "/run/x"}, {"WATCHDOG_USEC", "soon"}},
      {{"NOTIFY_SOCKET", "/run/x"}, {"WATCHDOG_USEC", "-1"}},
      {{"NOTIFY_SOCKET", "/run/x"}, {"WATCHDOG_PID", "me"}},
  };
  for (const auto& environment : bad) {
    const Result<NotifierOptions> options = options_of(environment);
    ASSERT_FALSE(options);
    EXPECT_EQ(options.error().kind, ErrorKind::InvalidInput);
    EXPECT_NE(options.error().message.find(environment.rbegin()->first), std::string::npos) << options.error().message;
  }
}

TEST(Notifier, SaysReadyAliveAndStoppingToASocketInTheFileSystem) {
  const test::TempDir folder;
  const Manager manager(folder.path() + "/notify");
  Notifier notifier = notifier_for(folder.path() + "/notify", Millis{100});
  notifier.ready();
  EXPECT_EQ(manager.heard(), "READY=1");
  notifier.alive(Instant{1'000});
  EXPECT_EQ(manager.heard(), "WATCHDOG=1");
  notifier.stopping();
  EXPECT_EQ(manager.heard(), "STOPPING=1");
  EXPECT_EQ(manager.heard(), "");
}

TEST(Notifier, SpeaksToAnAbstractSocket) {
  const std::string name = "@farm-notifier-test-" + std::to_string(::getpid());
  const Manager manager(name);
  notifier_for(name).ready();
  EXPECT_EQ(manager.heard(), "READY=1");
}

TEST(Notifier, FeedsTheWatchdogWhenItIsDueAndNotMoreOften) {
  const test::TempDir folder;
  const Manager manager(folder.path() + "/notify");
  Notifier notifier = notifier_for(folder.path() + "/notify", Millis{100});
  int fed = 0;
  for (std::int64_t ms = 1'000; ms < 2'000; ms += 10) {
    notifier.alive(Instant{ms});
    fed += manager.heard() == "WATCHDOG=1" ? 1 : 0;
  }
  EXPECT_EQ(fed, 10);
}

TEST(Notifier, WithoutAWatchdogNoSignOfLifeIsSent) {
  const test::TempDir folder;
  const Manager manager(folder.path() + "/notify");
  Notifier notifier = notifier_for(folder.path() + "/notify");
  notifier.alive(Instant{1'000});
  EXPECT_EQ(manager.heard(), "");
}

TEST(Notifier, WhatTheManagerCouldNotTakeIsSaidAgain) {
  const test::TempDir folder;
  Notifier notifier = notifier_for(folder.path() + "/notify", Millis{100});
  notifier.ready();  // nobody is there yet
  notifier.alive(Instant{1'000});
  const Manager manager(folder.path() + "/notify");
  notifier.alive(Instant{1'001});
  EXPECT_EQ(manager.heard(), "READY=1");
  EXPECT_EQ(manager.heard(), "WATCHDOG=1");
}

}  // namespace
}  // namespace farm::service
