#include "tests/integration/agent/agent_process.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

#include "shared/wire/wire.hpp"

namespace farm::agent {
namespace {

constexpr std::chrono::seconds kPatience{60};  // no test waits this long unless it fails

net::KeyBook book_of(const net::KeyPair& agent) {
  net::KeyBook book;
  EXPECT_TRUE(book.add({"alpha", net::Role::Agent, {}, "trusted", agent.public_key}));
  return book;
}

}  // namespace

PlayedCoordinator::PlayedCoordinator() {
  gatekeeper_ = net::Gatekeeper::start(context_, book_of(agent), [](const net::Rejection&) {}).value();
  net::RouterOptions options;
  options.endpoint = "tcp://127.0.0.1:0";
  options.keys = server;
  router_ = net::RouterLink::bind(context_, options).value();
}

void PlayedCoordinator::send(const protocol::ToAgent& message) {
  const Result<void> sent = router_->send(peer_, wire::encode(message));
  EXPECT_TRUE(sent) << sent.error().message;
}

void PlayedCoordinator::wait(const std::function<bool(const protocol::FromAgent&)>& takes) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  net::Poller poller;
  poller.add(*router_);
  while (std::chrono::steady_clock::now() < until) {
    Result<std::optional<net::RouterEvent>> event = router_->receive();
    ASSERT_TRUE(event) << event.error().message;
    if (!event->has_value()) {
      ASSERT_TRUE(poller.wait(Millis{1'000}));
      continue;
    }
    const auto* frame = std::get_if<net::PeerFrame>(&**event);
    if (frame == nullptr) continue;
    EXPECT_EQ(frame->user, "alpha");
    peer_ = frame->peer;
    const Result<wire::ToCoordinator> decoded = wire::decode_to_coordinator(frame->frame);
    ASSERT_TRUE(decoded) << decoded.error().message;
    const auto& message = std::get<protocol::FromAgent>(*decoded);
    if (const auto* chunk = std::get_if<protocol::LogChunk>(&message)) {
      log.resize(std::max<std::size_t>(log.size(), chunk->offset), '?');
      log.replace(chunk->offset, chunk->bytes.size(), chunk->bytes);
    }
    const auto* heartbeat = std::get_if<protocol::AgentHeartbeat>(&message);
    if (heartbeat != nullptr) session = heartbeat->session;
    if (heartbeat != nullptr && !heartbeat->leaving) send(protocol::HeartbeatAnswer{heartbeat->sequence, false, ""});
    if (takes(message)) return;
  }
  FAIL() << "the agent did not say what was waited for";
}

AgentProcess::AgentProcess(const BuildBed& bed, const PlayedCoordinator& coordinator) {
  config::AgentConfig config = bed.config;
  config.name = "alpha";
  config.coordinator = coordinator.endpoint();
  config.coordinator_key = coordinator.server.public_key;
  config.key_file = dir_.at("agent.key");
  config.state_dir = dir_.at("state");
  config.slots = 2;
  config.labels = {"test"};
  config.metrics_listen = "127.0.0.1:0";
  config.log.file = dir_.at("agent.log");
  EXPECT_TRUE(net::write_key_file(config.key_file, coordinator.agent));
  config_file_ = dir_.write("agent.yaml", config::write_agent_config(config));
}

AgentProcess::~AgentProcess() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void AgentProcess::start() {
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::execl(FARM_AGENT_PROGRAM, "farm-agent", "--config", config_file_.c_str(), nullptr);
    ::_exit(127);
  }
}

void AgentProcess::signal(int number) const { ::kill(pid_, number); }

int AgentProcess::wait() {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::vector<pid_t> AgentProcess::children() const {
  std::vector<pid_t> out;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task")) {
    std::ifstream in(task.path() / "children");
    for (pid_t child = 0; in >> child;) out.push_back(child);
  }
  return out;
}

bool AgentProcess::is_over(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(in, line)) return true;
  return line.at(line.rfind(')') + 2) == 'Z';
}

std::uint64_t AgentProcess::resident_bytes() const {
  std::ifstream in("/proc/" + std::to_string(pid_) + "/statm");
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  in >> all >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t AgentProcess::cpu_ticks() const {
  std::ifstream in("/proc/" + std::to_string(pid_) + "/stat");
  std::string word;
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  for (int field = 1; field <= 13 && in >> word; ++field) {
  }
  in >> user >> system;
  return user + system;
}

}  // namespace farm::agent
