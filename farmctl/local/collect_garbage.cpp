#include "farmctl/local/collect_garbage.hpp"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "farmctl/client/find_farm.hpp"
#include "farmctl/local/garbage_lock.hpp"
#include "farmctl/local/layout.hpp"
#include "shared/oci/registry_client.hpp"

namespace farm::ctl {
namespace {

namespace fs = std::filesystem;

constexpr Millis kHold{60'000};  // renewed until the end
constexpr std::chrono::seconds kHoldAgain{10};
constexpr Millis kAnswer{10'000};
constexpr Millis kStopPatience{20'000};
constexpr int kReadyTries = 300;
constexpr std::chrono::milliseconds kReadyStep{100};
constexpr std::size_t kAnswerBytesMax = 16'384;
constexpr std::string_view kFreed = "freed ";
constexpr std::string_view kFailed = "failed ";
constexpr const char* kRegistryProgram = "docker-registry";
constexpr const char* kElsewhere =
    "the registry frees its disk by its own garbage collection; on its host, while no build runs and nobody pushes: "
    "docker-registry garbage-collect /etc/docker/registry/config.yml";

std::uint64_t bytes_below(const std::string& folder) {
  std::uint64_t bytes = 0;
  std::error_code code;
  for (fs::recursive_directory_iterator at(folder, code), end; !code && at != end; at.increment(code)) {
    std::error_code ignored;
    if (at->is_regular_file(ignored)) bytes += at->file_size(ignored);
  }
  return bytes;
}

// While it lives, no signal that a user or a closed terminal sends ends farmctl: the registry would stay stopped. What farmctl starts
// meanwhile has the usual handlers.
class Unbroken {
 public:
  Unbroken() {
    struct sigaction wait{};
    wait.sa_handler = [](int) {};
    wait.sa_flags = SA_RESTART;
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &wait, &before_[i]);
  }
  Unbroken(const Unbroken&) = delete;
  Unbroken& operator=(const Unbroken&) = delete;
  ~Unbroken() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
  }

 private:
  static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
  std::array<struct sigaction, kSignals.size()> before_{};
};

// A result that was built again, and a cache that was written again, leave a manifest that no tag names any more, and that no client of the
// registry can find. In farm's own repositories everything that counts has a tag (images are in repositories of their own).
void forget_untagged(const std::string& registry) {
  for (const char* name : {"slices", "deps", "crates", "compile", "cache"}) {
    const fs::path manifests = fs::path(registry) / "docker/registry/v2/repositories/farm" / name / "_manifests";
    std::set<std::string> tagged;
    std::error_code code;
    for (fs::directory_iterator at(manifests / "tags", code), end; !code && at != end; at.increment(code)) {
      std::ifstream link(at->path() / "current/link");
      std::string digest;
      if (!(link >> digest)) return;  // not the layout that is known here: nothing is touched
      tagged.insert(digest);
    }
    if (code && code != std::errc::no_such_file_or_directory) return;  // not all tags were seen
    for (fs::directory_iterator at(manifests / "revisions/sha256", code), end; !code && at != end; at.increment(code)) {
      std::error_code ignored;
      if (!tagged.contains("sha256:" + at->path().filename().string())) fs::remove_all(at->path(), ignored);
    }
  }
}

Result<void> start_again(const LocalLayout& layout, const std::string& program) {
  if (auto started = start_daemon(
          {"registry", {program, "serve", layout.path("registry.yml")}, {}, layout.pid_file("registry"), layout.log_file("registry")});
      !started)
    return started;
  oci::RegistryOptions options;
  options.attempts_max = 1;
  oci::RegistryClient registry(layout.registry_address(), options);
  for (int i = 0; i < kReadyTries; ++i) {
    if (registry.ping()) {
      std::error_code ignored;
      fs::remove(layout.path(kCollectingMark), ignored);
      return {};
    }
    std::this_thread::sleep_for(kReadyStep);
  }
  return Error{ErrorKind::Unavailable, "the registry did not come up again (`farmctl local up` tries once more); the end of its log:\n" +
                                           log_tail(layout.log_file("registry"))};
}

// In the child: only calls that are safe after fork. It ends with its parent, however that ends.
[[noreturn]] void become_collector(pid_t parent, char** arguments, int log) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  const int null = ::open("/dev/null", O_RDWR);
  ::dup2(null, STDIN_FILENO);
  ::dup2(null, STDOUT_FILENO);  // a line for each blob
  ::dup2(log, STDERR_FILENO);
  ::execv(arguments[0], arguments);
  ::_exit(127);
}

Result<void> run_collector(const LocalLayout& layout, const std::string& program) {
  const std::string log_file = layout.log_file("garbage-collect");
  const int log = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  std::vector<std::string> words = {program, "garbage-collect", layout.path("registry.yml")};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become_collector(parent, arguments.data(), log);
  if (log >= 0) ::close(log);
  int status = -1;
  while (pid > 0 && ::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (pid > 0 && status == 0) return {};
  return Error{ErrorKind::Unavailable, program + " garbage-collect failed; the end of " + log_file + ":\n" + log_tail(log_file)};
}

Result<std::uint64_t> collect(const LocalLayout& layout, const std::string& program) {
  const std::uint64_t before = bytes_below(layout.path("registry"));
  std::ofstream(layout.path(kCollectingMark)) << "the registry is stopped to collect its garbage\n";
  stop_daemon(layout.pid_file("registry"), kStopPatience);
  forget_untagged(layout.path("registry"));
  const Result<void> collected = run_collector(layout, program);
  if (auto started = start_again(layout, program); !started) return started.error();
  if (!collected) return collected.error();
  const std::uint64_t after = bytes_below(layout.path("registry"));
  return before > after ? before - after : 0;
}

// Holds builds as long as it lives, whatever happens to the farmctl that asked; then lets them go on. Without a coordinator it does
// nothing: then there are no builds.
class Holding {
 public:
  explicit Holding(const LocalLayout& layout)
      : thread_([file = layout.path("client.yaml")](const std::stop_token& stop) { run(file, stop); }) {}

 private:
  static void run(const std::string& file, const std::stop_token& stop) {
    const Result<config::ClientConfig> farm = find_farm(file);
    if (!farm) return;
    const Result<std::unique_ptr<CoordinatorClient>> client = CoordinatorClient::connect(*farm);
    if (!client) return;
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any ended;
    while (!stop.stop_requested()) {
      (void)(*client)->ask_for<protocol::Done>(protocol::HoldBuilds{kHold}, kAnswer);
      ended.wait_for(lock, stop, kHoldAgain, [] { return false; });
    }
    (void)(*client)->ask_for<protocol::Done>(protocol::HoldBuilds{Millis{0}}, kAnswer);
  }
  std::jthread thread_;
};

// What the keeper prints, until its end; "" where it could not be started or was killed.
std::string run_keeper(int lock) {
  int answer[2] = {-1, -1};
  if (::pipe2(answer, O_CLOEXEC) != 0) return "";
  std::string fd = std::to_string(lock);
  std::string verb = kGarbageKeeper;
  std::string name = "farmctl";
  std::array<char*, 4> arguments = {name.data(), verb.data(), fd.data(), nullptr};
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setsid();
    ::dup2(answer[1], STDOUT_FILENO);
    ::fcntl(lock, F_SETFD, 0);  // the keeper holds it too
    ::execv("/proc/self/exe", arguments.data());
    ::_exit(127);
  }
  ::close(answer[1]);
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; pid > 0;) {
    n = ::read(answer[0], buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    if (text.size() < kAnswerBytesMax) text.append(buffer.data(), static_cast<std::size_t>(n));
  }
  ::close(answer[0]);
  int status = 0;
  while (pid > 0 && ::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return text;
}

// Sets what came of it in `result`.
void collect_by_keeper(const LocalLayout& layout, const std::string& program, const GarbageLock& lock, GarbageCollected& result) {
  const Unbroken unbroken;
  const std::string text = run_keeper(lock.fd());
  if (text.starts_with(kFreed)) {
    const std::string_view digits = std::string_view(text).substr(kFreed.size());
    result.done = std::from_chars(digits.data(), digits.data() + digits.size(), result.freed_bytes).ec == std::errc{};
  } else if (text.starts_with(kFailed)) {
    result.advice = "the registry's garbage collection failed: " + text.substr(kFailed.size());
  } else {
    result.advice = "the registry's garbage collection was ended by somebody; run `farmctl prune` again";
  }
  if (running_pid(layout.pid_file("registry")) != 0) return;
  if (const Result<void> started = start_again(layout, program); !started) result.advice += "; " + started.error().message;
}

}  // namespace

GarbageCollected collect_garbage(const config::ClientConfig& farm, CoordinatorClient& client) {
  GarbageCollected result;
  const Result<LocalLayout> layout = open_layout();
  if (!is_local_farm(farm) || !layout || running_pid(layout->pid_file("registry")) == 0) {
    result.advice = kElsewhere;
    return result;
  }
  const std::string program = find_in_path(kRegistryProgram);
  if (program.empty()) {
    result.advice = "the registry's disk is not freed: docker-registry is not in PATH";
    return result;
  }
  const GarbageLock lock(*layout);
  if (!lock.take()) {
    result.advice = "the registry's disk is not freed yet: another `farmctl prune` does it now";
    return result;
  }
  if (const auto held = client.ask_for<protocol::Done>(protocol::HoldBuilds{kHold}, kAnswer); !held) {
    result.advice = "the registry's disk is not freed yet: " + held.error().message + "; run `farmctl prune` again later";
    return result;
  }
  collect_by_keeper(*layout, program, lock, result);
  (void)client.ask_for<protocol::Done>(protocol::HoldBuilds{Millis{0}}, kAnswer);  // else the hold ends by itself
  return result;
}

void mend_registry() {
  const Result<LocalLayout> layout = open_layout();
  std::error_code ignored;
  if (!layout || !fs::exists(layout->path(kCollectingMark), ignored)) return;
  const GarbageLock lock(*layout);
  const std::string program = find_in_path(kRegistryProgram);
  if (program.empty() || !lock.take()) return;
  std::fprintf(stderr, "the registry was stopped by a `farmctl prune` that was killed; starting it again\n");
  if (const Result<void> started = start_again(*layout, program); !started)
    std::fprintf(stderr, "farmctl: %s\n", started.error().message.c_str());
}

ExitCode run_garbage_keeper(const std::vector<std::string>& words) {
  int lock = -1;
  const Result<LocalLayout> layout = open_layout();
  const std::string program = find_in_path(kRegistryProgram);
  const char* end = words.empty() ? nullptr : words.front().data() + words.front().size();
  if (words.size() != 1 || std::from_chars(words.front().data(), end, lock).ptr != end || !layout || program.empty()) {
    std::fprintf(stderr, "farmctl: %s is for farmctl itself\n", kGarbageKeeper);
    return ExitCode::BadInput;
  }
  struct stat lock_is{};
  struct stat lock_file{};
  const bool ours = ::fstat(lock, &lock_is) == 0 && ::stat(layout->path("run/garbage.lock").c_str(), &lock_file) == 0 &&
                    lock_is.st_ino == lock_file.st_ino && lock_is.st_dev == lock_file.st_dev && ::flock(lock, LOCK_EX | LOCK_NB) == 0;
  if (!ours) {
    std::fprintf(stderr, "farmctl: %s: descriptor %d is not the lock of this farm\n", kGarbageKeeper, lock);
    return ExitCode::BadInput;
  }
  ::fcntl(lock, F_SETFD, FD_CLOEXEC);  // what is started here outlives the lock
  const Unbroken unbroken;
  std::optional<Holding> holding(*layout);
  const Result<std::uint64_t> freed = collect(*layout, program);
  holding.reset();
  const std::string text =
      freed ? std::string(kFreed) + std::to_string(*freed) : std::string(kFailed) + freed.error().message.substr(0, kAnswerBytesMax / 2);
  (void)!::write(STDOUT_FILENO, text.data(), text.size());
  return ExitCode::Ok;
}

}  // namespace farm::ctl
