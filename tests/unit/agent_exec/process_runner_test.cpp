#include "agent/exec/process_runner.hpp"

#include <dirent.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <thread>

#include "shared/base/assert.hpp"

namespace farm::exec {
namespace {

ProcessSpec shell(const std::string& script) {
  ProcessSpec spec;
  spec.argv = {"/bin/sh", "-c", script};
  spec.env = {"PATH=/usr/bin:/bin"};
  return spec;
}

ProcessText run(const ProcessSpec& spec, std::stop_token stop = {}) {
  PosixProcessRunner runner;
  Result<ProcessText> text = run_for_text(runner, spec, 1U << 20U, std::move(stop));
  EXPECT_TRUE(text) << text.error().message;
  return text ? *text : ProcessText{};
}

bool alive(pid_t pid) { return ::kill(pid, 0) == 0; }

// Gone, or a zombie that its new parent has not reaped yet.
bool over(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(stat, line)) return true;
  const std::size_t name_end = line.rfind(')');
  return line.at(name_end + 2) == 'Z';
}

// Waits for an event that has no descriptor. The bound only ends a test that fails.
bool wait_until_over(pid_t pid) {
  for (int round = 0; round < 2'000; ++round) {
    if (over(pid)) return true;
    ::poll(nullptr, 0, 5);
  }
  return false;
}

std::size_t open_descriptors() {
  DIR* dir = ::opendir("/proc/self/fd");
  std::size_t count = 0;
  while (::readdir(dir) != nullptr) ++count;
  ::closedir(dir);
  return count;
}

TEST(ProcessRunner, BothStreamsAndTheExitCodeComeBack) {
  const ProcessText text = run(shell("echo out; echo err >&2; exit 7"));
  EXPECT_EQ(text.out, "out\n");
  EXPECT_EQ(text.err, "err\n");
  EXPECT_EQ(text.end.exit_code, 7);
  EXPECT_EQ(text.end.signal, 0);
  EXPECT_FALSE(text.end.ok());
}

TEST(ProcessRunner, ASignalIsToldApartFromAnExitCode) {
  const ProcessText text = run(shell("kill -9 $$"));
  EXPECT_EQ(text.end.signal, SIGKILL);
  EXPECT_EQ(text.end.exit_code, 128 + SIGKILL);
}

TEST(ProcessRunner, TheChildSeesOnlyTheGivenEnvironmentAndNoInput) {
  ::setenv("FARM_TEST_LEAK", "yes", 1);
  ProcessSpec spec = shell("env; cat; ls -l /proc/self/fd | grep -c -- '->'");
  const ProcessText text = run(spec);
  EXPECT_EQ(text.out.find("FARM_TEST_LEAK"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("PATH=/usr/bin:/bin\n"), std::string::npos) << text.out;
  // 0, 1, 2 and the directory that ls reads; the pipe to grep is fd 1 of ls.
  EXPECT_NE(text.out.find("\n4\n"), std::string::npos) << text.out;
}

TEST(ProcessRunner, TheChildLeadsASessionOfItsOwn) {
  const ProcessText text = run(shell("echo $$; ps -o sid= -o pgid= -p $$ 2>/dev/null || cut -d' ' -f6,5 /proc/$$/stat"));
  std::istringstream in(text.out);
  long pid = 0, a = 0, b = 0;
  in >> pid >> a >> b;
  EXPECT_EQ(pid, a) << text.out;
  EXPECT_EQ(pid, b) << text.out;
}

TEST(ProcessRunner, AMissingProgramIsNotFoundAndOneThatMayNotRunIsDenied) {
  PosixProcessRunner runner;
  ProcessSpec spec;
  spec.argv = {"/nowhere/program"};
  const Result<ProcessEnd> missing = runner.run(spec, {}, {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::NotFound);
  spec.argv = {"no-such-program-of-farm"};
  EXPECT_EQ(runner.run(spec, {}, {}).error().kind, ErrorKind::NotFound);
  spec.argv = {"/etc/passwd"};
  EXPECT_EQ(runner.run(spec, {}, {}).error().kind, ErrorKind::Denied);
  spec.argv = {};
  EXPECT_EQ(runner.run(spec, {}, {}).error().kind, ErrorKind::InvalidInput);
}

TEST(ProcessRunner, AStopRequestEndsTheWholeGroup) {
  std::stop_source source;
  PosixProcessRunner runner;
  std::vector<pid_t> pids;
  // The shell tells its own number and a grandchild's, and only then is it stopped.
  const LineSink sink = [&](std::string_view line, bool) {
    pids.push_back(std::stoi(std::string(line)));
    if (pids.size() == 2) source.request_stop();
  };
  const Result<ProcessEnd> end = runner.run(shell("echo $$; sleep 1000 & echo $!; wait"), {sink, {}}, source.get_token());
  ASSERT_TRUE(end);
  EXPECT_TRUE(end->stopped);
  EXPECT_EQ(end->signal, SIGTERM);
  ASSERT_EQ(pids.size(), 2U);
  EXPECT_FALSE(alive(pids[0])) << "a zombie is left";
  EXPECT_TRUE(wait_until_over(pids[1]));
}

TEST(ProcessRunner, AChildThatIgnoresTermIsKilledAfterTheGrace) {
  std::stop_source source;
  PosixProcessRunner runner;
  ProcessSpec spec = shell("trap '' TERM; echo ready; while :; do sleep 1000; done");
  spec.term_grace = Millis{50};
  const LineSink sink = [&](std::string_view, bool) { source.request_stop(); };
  const Result<ProcessEnd> end = runner.run(spec, {sink, {}}, source.get_token());
  ASSERT_TRUE(end);
  EXPECT_TRUE(end->stopped);
  EXPECT_EQ(end->signal, SIGKILL);
}

TEST(ProcessRunner, TheTimeoutEndsItAndSaysSo) {
  ProcessSpec spec = shell("sleep 1000");
  spec.timeout = Millis{30};
  const ProcessText text = run(spec);
  EXPECT_TRUE(text.end.timed_out);
  EXPECT_FALSE(text.end.stopped);
}

TEST(ProcessRunner, AStopBeforeTheStartRunsNothing) {
  std::stop_source source;
  source.request_stop();
  const ProcessText text = run(shell("echo ran"), source.get_token());
  EXPECT_TRUE(text.end.stopped);
  EXPECT_EQ(text.out, "");
}

TEST(ProcessRunner, AGrandchildThatOutlivesTheChildIsKilledAndDoesNotHoldUpTheEnd) {
  const ProcessText text = run(shell("sleep 1000 & echo $!"));
  EXPECT_TRUE(text.end.ok());
  EXPECT_TRUE(wait_until_over(std::stoi(text.out)));
}

TEST(ProcessRunner, OutputWithoutNewlineOrEndIsBounded) {
  PosixProcessRunner runner;
  std::size_t longest = 0;
  bool cut = false;
  ProcessSpec spec = shell("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo end");
  spec.line_bytes_max = 1000;
  std::string last;
  const LineSink sink = [&](std::string_view line, bool was_cut) {
    longest = std::max(longest, line.size());
    cut = cut || was_cut;
    last = line;
  };
  ASSERT_TRUE(runner.run(spec, {sink, {}}, {}));
  EXPECT_EQ(longest, 1000U);
  EXPECT_TRUE(cut);
  EXPECT_EQ(last, "end");
}

TEST(ProcessRunner, NoDescriptorIsLost) {
  run(shell("true"));
  const std::size_t before = open_descriptors();
  for (int round = 0; round < 20; ++round) run(shell("echo x"));
  PosixProcessRunner runner;
  ProcessSpec missing;
  missing.argv = {"/nowhere/program"};
  for (int round = 0; round < 20; ++round) EXPECT_FALSE(runner.run(missing, {}, {}));
  EXPECT_EQ(open_descriptors(), before);
}

TEST(ProcessRunner, ManyThreadsRunProgramsAtOnce) {
  std::vector<std::jthread> threads;
  std::atomic<int> good = 0;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&good, thread] {
      for (int round = 0; round < 10; ++round) {
        const std::string word = std::to_string(thread) + "-" + std::to_string(round);
        if (run(shell("echo " + word)).out == word + "\n") ++good;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(good, 80);
}

TEST(ProcessRunner, WhenTheAgentIsKilledItsChildDies) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t holder = ::fork();
  if (holder == 0) {
    ::dup2(ends[1], 1);
    ::close(ends[0]);
    ::close(ends[1]);
    ::execl(FARM_EXEC_HOLDER, "exec_holder", "/bin/sh", "-c", "echo $$; exec sleep 1000", nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  FILE* in = ::fdopen(ends[0], "r");
  int child = 0;
  ASSERT_EQ(std::fscanf(in, "%d", &child), 1);
  EXPECT_TRUE(alive(child));
  ::kill(holder, SIGKILL);
  ::waitpid(holder, nullptr, 0);
  EXPECT_TRUE(wait_until_over(child));
  std::fclose(in);
}

}  // namespace
}  // namespace farm::exec
