#include "agent/app/prober.hpp"

#include <chrono>

#include "agent/build/metadata.hpp"

namespace farm::agent {
namespace {

constexpr std::chrono::seconds kWhileAway{10};
constexpr std::chrono::seconds kWhileThere{300};

}  // namespace

void Prober::work(const std::stop_token& stop) {
  std::string last = "never asked";
  while (!stop.stop_requested()) {
    const Result<std::string> version = ask_buildkit_version(runner_, builder_, stop);
    if (stop.stop_requested()) return;
    const std::string now = version ? *version : std::string();
    if (now != last) {
      if (!version)
        log_.warning("BuildKit is away", {{"error", version.error().message}});
      else if (Result<void> good = build::check_buildkit_version(now); !good)
        log_.error("BuildKit is too old", {{"error", good.error().message}});
      else if (!build::parse_buildkit_version(now))
        log_.warning("BuildKit does not know its version; farm needs 0.28.1 or newer", {{"version", now}});
      else
        log_.info("BuildKit is there", {{"version", now}});
      told_(now);
      last = now;
    }
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, version ? kWhileThere : kWhileAway, [] { return false; });
  }
}

}  // namespace farm::agent
