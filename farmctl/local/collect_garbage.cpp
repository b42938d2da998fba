#include "farmctl/local/collect_garbage.hpp"

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>

#include "farmctl/client/find_farm.hpp"
#include "farmctl/local/garbage_lock.hpp"
#include "farmctl/local/layout.hpp"
#include "shared/oci/registry_client.hpp"

namespace farm::ctl {
namespace {

namespace fs = std::filesystem;

constexpr Millis kHold{100'000};
constexpr Millis kAnswer{10'000};
constexpr Millis kStopPatience{20'000};
constexpr int kReadyTries = 300;
constexpr std::chrono::milliseconds kReadyStep{100};
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
  static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};
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

Result<void> start_again(const LocalLayout& layout, const Programs& programs) {
  if (auto started = start_daemon({"registry",
                                   {programs.registry, "serve", layout.path("registry.yml")},
                                   {},
                                   layout.pid_file("registry"),
                                   layout.log_file("registry")});
      !started)
    return started;
  oci::RegistryOptions options;
  options.attempts_max = 1;
  oci::RegistryClient registry(layout.registry_address(), options);
  for (int i = 0; i < kReadyTries; ++i) {
    if (registry.ping()) return {};
    std::this_thread::sleep_for(kReadyStep);
  }
  return Error{ErrorKind::Unavailable, "the registry did not come up again (`farmctl local up` tries once more); the end of its log:\n" +
                                           log_tail(layout.log_file("registry"))};
}

Result<std::uint64_t> collect(const LocalLayout& layout, const Programs& programs) {
  const std::uint64_t before = bytes_below(layout.path("registry"));
  const Unbroken unbroken;
  stop_daemon(layout.pid_file("registry"), kStopPatience);
  forget_untagged(layout.path("registry"));
  const Result<std::string> collected = run_program({programs.registry, "garbage-collect", layout.path("registry.yml")}, {});
  if (auto started = start_again(layout, programs); !started) return started.error();
  if (!collected) return collected.error();
  const std::uint64_t after = bytes_below(layout.path("registry"));
  return before > after ? before - after : 0;
}

}  // namespace

GarbageCollected collect_garbage(const config::ClientConfig& farm, CoordinatorClient& client) {
  GarbageCollected result;
  const Result<LocalLayout> layout = open_layout();
  if (!is_local_farm(farm) || !layout || running_pid(layout->pid_file("registry")) == 0) {
    result.advice = kElsewhere;
    return result;
  }
  const Result<Programs> programs = find_programs();
  if (!programs) {
    result.advice = programs.error().message;
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
  const Result<std::uint64_t> freed = collect(*layout, *programs);
  (void)client.ask_for<protocol::Done>(protocol::HoldBuilds{Millis{0}}, kAnswer);  // else the hold ends by itself
  result.done = freed.has_value();
  if (freed) result.freed_bytes = *freed;
  if (!freed) result.advice = "the registry's garbage collection failed: " + freed.error().message;
  return result;
}

}  // namespace farm::ctl
