// Purpose: an agent that speaks the real protocol over a real socket and "builds" by pushing a small image of the job's key into the real
// registry. It keeps its jobs over the coordinator's restarts, repeats its reports until acknowledged, and can be told to misbehave.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "shared/net/context.hpp"
#include "shared/net/dealer_link.hpp"
#include "shared/oci/registry_client.hpp"
#include "shared/protocol/agent_messages.hpp"

namespace farm::test {

class FakeAgent {
 public:
  // What it says of its caches, whenever it is asked.
  static constexpr std::uint64_t kPrunedBytes = 77;
  static constexpr std::uint64_t kCacheBytes = 99;
  struct Options {
    std::string name = "alpha";
    std::uint64_t session = 1;
    std::string buildkit = "v0.34.2";
    std::uint32_t slots = 4;
    bool hold = false;  // jobs don't finish before release()
    // What a job ends with; none: it is built.
    std::function<std::optional<JobOutcome>(const protocol::StartJob&)> outcome = {};
    std::vector<StepReport> steps = {};  // of every job
  };
  FakeAgent(net::Context& context, const std::string& endpoint, const std::string& server_key, const net::KeyPair& keys, Options options);
  ~FakeAgent();
  FakeAgent(const FakeAgent&) = delete;
  FakeAgent& operator=(const FakeAgent&) = delete;

  void release() { hold_ = false; }
  // Every StartJob that was new, in order.
  [[nodiscard]] std::vector<protocol::StartJob> started() const;
  [[nodiscard]] std::string refusal() const;

 private:
  struct Held {
    protocol::StartJob start;
    std::optional<protocol::JobReport> report;
  };
  void run();
  void take(const protocol::ToAgent& message);
  void work();
  void beat();
  Succeeded build(const protocol::StartJob& start);

  Options options_;
  std::atomic<bool> hold_;
  std::atomic<bool> stopping_{false};
  std::unique_ptr<net::DealerLink> link_;
  std::map<std::uint64_t, Held> held_;  // by job
  std::uint64_t sequence_ = 0;
  mutable std::mutex mutex_;
  std::vector<protocol::StartJob> started_;
  std::string refusal_;
  std::jthread thread_;
};

}  // namespace farm::test
