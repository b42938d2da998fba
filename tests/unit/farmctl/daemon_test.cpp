// With real processes: sleep, sh.
#include "farmctl/local/daemon.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <fstream>

#include "tests/support/temp_dir.hpp"

namespace farm::ctl {
namespace {

constexpr Millis kPatience{10'000};

struct Place {
  farm::test::TempDir dir;
  Daemon daemon;

  explicit Place(std::vector<std::string> command) {
    daemon.name = "sleeper";
    daemon.command = std::move(command);
    daemon.pid_file = dir.at("pid");
    daemon.log_file = dir.at("log");
  }
  ~Place() { stop_daemon(daemon.pid_file, kPatience); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
};

bool is_there(int pid) {
  ::waitpid(pid, nullptr, WNOHANG);
  return ::kill(pid, 0) == 0;
}

TEST(Daemon, RunsUntilItIsStopped) {
  const Place place({"/bin/sleep", "1000"});
  ASSERT_TRUE(start_daemon(place.daemon));
  const int pid = running_pid(place.daemon.pid_file);
  ASSERT_GT(pid, 0);
  EXPECT_EQ(::getsid(pid), pid) << "it has a session of its own, so that Ctrl-C at farmctl doesn't reach it";
  EXPECT_TRUE(stop_daemon(place.daemon.pid_file, kPatience));
  EXPECT_EQ(running_pid(place.daemon.pid_file), 0);
  EXPECT_FALSE(is_there(pid));
  EXPECT_FALSE(place.dir.exists("pid"));
  EXPECT_FALSE(stop_daemon(place.daemon.pid_file, kPatience)) << "it doesn't run any more";
}

TEST(Daemon, IsAskedToStopWithoutWaiting) {
  const Place place({"/bin/sleep", "1000"});
  EXPECT_FALSE(ask_to_stop(place.daemon.pid_file)) << "it doesn't run yet";
  ASSERT_TRUE(start_daemon(place.daemon));
  const int pid = running_pid(place.daemon.pid_file);
  EXPECT_TRUE(ask_to_stop(place.daemon.pid_file));
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

TEST(Daemon, IsStartedOnce) {
  const Place place({"/bin/sleep", "1000"});
  ASSERT_TRUE(start_daemon(place.daemon));
  const int pid = running_pid(place.daemon.pid_file);
  ASSERT_TRUE(start_daemon(place.daemon));
  EXPECT_EQ(running_pid(place.daemon.pid_file), pid);
}

// A pid that the system gave to somebody else is not ours: it must not be taken for running, and above all not be stopped.
TEST(Daemon, APidThatBelongsToAnotherProcessIsNotTakenForOurs) {
  const Place place({"/bin/sleep", "1000"});
  ASSERT_TRUE(start_daemon(place.daemon));
  std::string line = place.dir.read("pid");
  const int other = running_pid(place.daemon.pid_file);
  const std::string file = place.dir.write("old-pid", std::to_string(other) + " 12345\n");
  EXPECT_EQ(running_pid(file), 0);
  EXPECT_FALSE(stop_daemon(file, kPatience));
  EXPECT_TRUE(is_there(other));
}

TEST(Daemon, AFileThatIsNoPidFileNamesNothing) {
  const farm::test::TempDir dir;
  for (const char* text : {"", "x", "-1 5", "0 5", "1", "99999999999999 5", "1 "})
    EXPECT_EQ(running_pid(dir.write("pid", text)), 0) << text;
  EXPECT_EQ(running_pid(dir.at("missing")), 0);
}

TEST(Daemon, OneThatEndedByItselfDoesNotRun) {
  const Place place({"/bin/true"});
  ASSERT_TRUE(start_daemon(place.daemon));
  ASSERT_GT(::waitpid(-1, nullptr, 0), 0);
  EXPECT_EQ(running_pid(place.daemon.pid_file), 0);
}

TEST(Daemon, OneThatIgnoresSigtermIsKilled) {
  const Place place({"/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"});
  ASSERT_TRUE(start_daemon(place.daemon));
  const int pid = running_pid(place.daemon.pid_file);
  while (place.dir.read("log") != "ready\n") ASSERT_TRUE(is_there(pid));
  EXPECT_TRUE(stop_daemon(place.daemon.pid_file, Millis{100}));
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

TEST(Daemon, ItsOutputAndVariablesAreAsAsked) {
  Place place({"/bin/sh", "-c", "echo \"$FARM_TEST_WORD\"; echo wrong >&2; cat"});
  place.daemon.environment["FARM_TEST_WORD"] = "it's = here";
  ASSERT_TRUE(start_daemon(place.daemon));
  ASSERT_GT(::waitpid(-1, nullptr, 0), 0);  // cat ends, because there is no input
  EXPECT_EQ(place.dir.read("log"), "it's = here\nwrong\n");
}

TEST(Daemon, AProgramThatIsNotThereIsAnError) {
  const Place place({"/nowhere/program"});
  const auto started = start_daemon(place.daemon);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, ErrorKind::Unavailable);
  EXPECT_EQ(started.error().message, "starting sleeper: /nowhere/program: No such file or directory");
  EXPECT_FALSE(place.dir.exists("pid"));
  ::waitpid(-1, nullptr, 0);
}

TEST(LogTail, IsTheEndOfALog) {
  const farm::test::TempDir dir;
  EXPECT_EQ(log_tail(dir.write("short", "one\ntwo\n")), "one\ntwo\n");
  EXPECT_EQ(log_tail(dir.write("long", std::string(10'000, 'x') + "end")), std::string(2'045, 'x') + "end");
  EXPECT_EQ(log_tail(dir.at("missing")), "");
}

}  // namespace
}  // namespace farm::ctl
