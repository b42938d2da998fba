// Purpose: farm-agent as a process, and a coordinator that a test plays, over the real link with real keys.
#pragma once

#include <sys/types.h>

#include <deque>
#include <functional>
#include <optional>

#include "shared/net/gatekeeper.hpp"
#include "shared/net/poller.hpp"
#include "shared/net/router_link.hpp"
#include "tests/integration/agent/build_bed.hpp"

namespace farm::agent {

// Answers heartbeats; everything else is the test's.
class PlayedCoordinator {
 public:
  PlayedCoordinator();
  [[nodiscard]] std::string endpoint() const { return router_->endpoint(); }
  void send(const protocol::ToAgent& message);
  // The next message of that type that the predicate takes; older ones that it doesn't take are dropped. Fails the test
  // after a minute.
  template <typename Message>
  Message wait_for(const std::function<bool(const Message&)>& takes) {
    Message found;
    wait([&](const protocol::FromAgent& message) {
      const auto* right = std::get_if<Message>(&message);
      if (right == nullptr || !takes(*right)) return false;
      found = *right;
      return true;
    });
    return found;
  }
  protocol::AgentHeartbeat wait_for_heartbeat(const std::function<bool(const protocol::AgentHeartbeat&)>& takes) {
    return wait_for<protocol::AgentHeartbeat>(takes);
  }
  net::KeyPair server = net::generate_key_pair().value();
  net::KeyPair agent = net::generate_key_pair().value();
  std::string log;  // all log chunks so far
  Session session;  // of the newest heartbeat

 private:
  void wait(const std::function<bool(const protocol::FromAgent&)>& takes);
  net::Context context_;
  std::unique_ptr<net::Gatekeeper> gatekeeper_;
  std::unique_ptr<net::RouterLink> router_;
  std::string peer_;
};

class AgentProcess {
 public:
  AgentProcess(const BuildBed& bed, const PlayedCoordinator& coordinator);
  ~AgentProcess();
  AgentProcess(const AgentProcess&) = delete;
  AgentProcess& operator=(const AgentProcess&) = delete;

  void start();
  void signal(int number) const;
  int wait();  // its exit code; 128 + signal where one ended it
  [[nodiscard]] std::vector<pid_t> children() const;
  // Gone, or a zombie that waits for its new parent.
  static bool is_over(pid_t pid);
  [[nodiscard]] std::uint64_t resident_bytes() const;
  [[nodiscard]] std::uint64_t cpu_ticks() const;
  [[nodiscard]] std::string log() const { return dir_.read("agent.log"); }
  [[nodiscard]] std::string state(const std::string& name) const { return dir_.at("state/" + name); }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  test::TempDir dir_;
  std::string config_file_;
  pid_t pid_ = 0;
};

}  // namespace farm::agent
