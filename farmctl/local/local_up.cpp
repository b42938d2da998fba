#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "farmctl/client/coordinator_client.hpp"
#include "farmctl/client/read_project.hpp"
#include "farmctl/commands/commands.hpp"
#include "farmctl/local/builder.hpp"
#include "farmctl/local/garbage_lock.hpp"
#include "farmctl/local/layout.hpp"
#include "farmctl/local/local_farm.hpp"
#include "farmctl/local/monitoring.hpp"
#include "shared/config/config.hpp"
#include "shared/net/key_book.hpp"
#include "shared/net/keys.hpp"
#include "shared/oci/image_ref.hpp"
#include "shared/oci/registry_client.hpp"

namespace farm::ctl {
namespace {

namespace fs = std::filesystem;

constexpr Millis kAgentStop{20'000};
constexpr int kReadyTries = 300;
constexpr std::chrono::milliseconds kReadyStep{100};

// Replaces the file, also under a program that reads it.
Result<void> write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path + ".new", std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  std::error_code error;
  if (file) fs::rename(path + ".new", path, error);
  if (!file || error) return Error{ErrorKind::Unavailable, "writing " + path + ": no room or no permission"};
  return {};
}

// Empty where it can't be read.
std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Result<net::KeyPair> key_of(const LocalLayout& layout, const std::string& name) {
  const std::string file = layout.path("keys/" + name + ".key");
  Result<net::KeyPair> keys = net::read_key_file(file);
  if (keys || keys.error().kind != ErrorKind::NotFound) return keys;
  keys = net::generate_key_pair();
  if (!keys) return keys;
  if (const Result<void> written = net::write_key_file(file, *keys); !written) return written.error();
  return keys;
}

class LocalFarm {
 public:
  LocalFarm(const LocalOptions& options, LocalLayout layout, Programs programs)
      : options_(options), layout_(std::move(layout)), programs_(std::move(programs)) {}

  Result<void> up() {
    for (const auto& step : {&LocalFarm::stop_surplus_agents, &LocalFarm::write_keys, &LocalFarm::start_registry,
                             &LocalFarm::start_buildkit, &LocalFarm::start_coordinator, &LocalFarm::start_agents,
                             &LocalFarm::stop_unused_buildkit, &LocalFarm::make_images, &LocalFarm::wait_for_agents}) {
      if (const Result<void> done = (this->*step)(); !done) return done;
    }
    return {};
  }

 private:
  // First, while the coordinator still knows their keys: they say goodbye.
  Result<void> stop_surplus_agents() {
    for (const std::string& part : surplus_agents(layout_)) {
      if (stop_daemon(layout_.pid_file(part), kAgentStop)) std::fprintf(stderr, "stopped %s\n", part.c_str());
      std::error_code ignored;
      fs::remove(layout_.pid_file(part), ignored);
    }
    return {};
  }

  Result<void> write_keys() {
    net::KeyBook book;
    const auto add = [&](const std::string& name, net::Role role) -> Result<void> {
      Result<net::KeyPair> keys = key_of(layout_, name);
      if (!keys) return std::move(keys).error();
      net::KeyOwner owner;
      owner.name = name;
      owner.role = role;
      owner.public_key = keys->public_key;
      return book.add(owner);
    };
    for (std::uint32_t i = 1; i <= layout_.agents(); ++i) {
      if (const Result<void> added = add(agent_name(i), net::Role::Agent); !added) return added;
    }
    if (const Result<void> added = add("admin", net::Role::Admin); !added) return added;
    // Tokens were made since (`farmctl keys token add`); a book that can't be read is made anew.
    const Result<net::KeyBook> before = net::load_key_book(layout_.path("keys/book"));
    if (before) {
      for (const auto& [name, owner] : before->tokens()) {
        if (const Result<void> added = book.add(owner); !added) return added;
      }
    } else if (before.error().kind != ErrorKind::NotFound) {
      std::fprintf(stderr, "warning: %s; a new key book is made, without the tokens of the old one\n", before.error().message.c_str());
    }
    Result<net::KeyPair> server = key_of(layout_, "coordinator");
    if (!server) return std::move(server).error();
    server_key_ = server->public_key;
    std::string text;
    for (const net::KeyOwner& owner : book.owners()) text += net::KeyBook::line_of(owner) + "\n";
    for (const auto& [name, owner] : book.tokens()) text += net::KeyBook::line_of(owner) + "\n";
    return write_file(layout_.path("keys/book"), text);
  }

  Result<void> start(const std::string& name, std::vector<std::string> command) {
    if (running_pid(layout_.pid_file(name)) == 0) std::fprintf(stderr, "starting %s\n", name.c_str());
    return start_daemon({name, std::move(command), {}, layout_.pid_file(name), layout_.log_file(name)});
  }

  // Waits until `ready` says so; a part that ended is reported with the end of its log.
  template <typename Ready>
  Result<void> wait_for(const std::string& name, Ready ready) {
    for (int i = 0; i < kReadyTries; ++i) {
      if (ready()) return {};
      if (interrupted.load()) return Error{ErrorKind::Cancelled, "interrupted"};
      if (running_pid(layout_.pid_file(name)) == 0) break;
      std::this_thread::sleep_for(kReadyStep);
    }
    return Error{ErrorKind::Unavailable,
                 name + " did not come up; the end of " + layout_.log_file(name) + ":\n" + log_tail(layout_.log_file(name))};
  }

  Result<void> start_registry() {
    Result<std::string> text = fill_template(
        programs_.share, "registry.yml", {{"registry_data", layout_.path("registry")}, {"registry_listen", layout_.registry_address()}});
    if (!text) return std::move(text).error();
    if (const Result<void> written = write_file(layout_.path("registry.yml"), *text); !written) return written;
    const GarbageLock lock(layout_);
    if (!lock.share())
      return Error{ErrorKind::Conflict, "starting the registry: a `farmctl prune` collects its garbage now; try again when that has ended"};
    if (const Result<void> started = start("registry", {programs_.registry, "serve", layout_.path("registry.yml")}); !started)
      return started;
    oci::RegistryOptions options;
    options.attempts_max = 1;
    oci::RegistryClient client(layout_.registry_address(), options);
    std::error_code ignored;
    fs::remove(layout_.path(kCollectingMark), ignored);  // of a prune that was killed
    return wait_for("registry", [&] { return client.ping().has_value(); });
  }

  Result<void> start_buildkit() {
    if (layout_.buildkit == kDockerBuildkit) {
      const std::map<std::string, std::string> own = {{"BUILDX_CONFIG", layout_.path("buildx")}};
      const std::string address = layout_.buildkit_address();
      std::error_code ignored;
      fs::remove_all(layout_.path("buildx"), ignored);  // the one of last time
      const Result<std::string> made = run_program({programs_.buildx, "create", "--name", "docker", "--driver", "remote", address}, own);
      if (!made) return made.error().with("making a builder of Docker");
      const Result<std::string> inspected = run_program({programs_.buildx, "inspect", "docker"}, own);
      return judge_docker(inspected ? *inspected : "");
    }
    if (layout_.buildkit != kOwnBuildkit) return {};
    Result<std::string> text = fill_template(programs_.share, "buildkitd.toml",
                                             {{"buildkit_data", layout_.path("buildkit")},
                                              {"buildkit_socket", layout_.buildkit_socket()},
                                              {"registry", layout_.registry_address()},
                                              {"registry_http", "true"},
                                              {"buildkit_max_used", "20GB"},
                                              {"buildkit_min_free", "5GB"}});
    if (!text) return std::move(text).error();
    if (const Result<void> written = write_file(layout_.path("buildkitd.toml"), *text); !written) return written;
    if (const Result<void> started = start("buildkitd", {programs_.buildkitd, "--config", layout_.path("buildkitd.toml")}); !started)
      return started;
    std::error_code ignored;
    return wait_for("buildkitd", [&] { return fs::exists(layout_.buildkit_socket(), ignored); });
  }

  Result<void> start_coordinator() {
    config::CoordinatorConfig config;
    config.listen = layout_.coordinator_endpoint();
    config.http_listen = layout_.http_address();
    config.state_dir = layout_.path("coordinator");
    config.key_file = layout_.path("keys/coordinator.key");
    config.key_book = layout_.path("keys/book");
    config.registry.address = config.registry.agents_address = config.registry.clients_address = layout_.registry_address();
    config.registry.insecure = true;
    config.mirrors["docker.io"] = layout_.registry_address();
    if (const Result<void> written = write_file(layout_.path("coordinator.yaml"), config::write_coordinator_config(config)); !written)
      return written;
    client_.coordinator = config.listen;
    client_.coordinator_key = server_key_;
    client_.key_file = layout_.path("keys/admin.key");
    client_.registry_insecure = true;
    client_.http = config.http_listen;
    if (const Result<void> written = write_file(layout_.path("client.yaml"), config::write_client_config(client_)); !written)
      return written;
    if (const int pid = running_pid(layout_.pid_file("coordinator")); pid != 0)
      ::kill(pid, SIGHUP);  // it reads the key book again: agents may be new
    return start("coordinator", {programs_.coordinator, "--config", layout_.path("coordinator.yaml")});
  }

  Result<void> start_agents() {
    for (std::uint32_t i = 1; i <= layout_.agents(); ++i) {
      config::AgentConfig config;
      config.name = agent_name(i);
      config.coordinator = layout_.coordinator_endpoint();
      config.coordinator_key = server_key_;
      config.key_file = layout_.path("keys/" + config.name + ".key");
      config.slots = layout_.slots;
      config.state_dir = layout_.path(config.name);
      config.metrics_listen = "127.0.0.1:" + std::to_string(layout_.ports.agent_metrics[i - 1]);
      config.buildkit.address = layout_.buildkit_address();
      config.buildx = {programs_.buildx};
      std::error_code ignored;
      fs::create_directories(config.state_dir, ignored);
      const std::string file = layout_.path(config.name + ".yaml");
      const std::string text = config::write_agent_config(config);
      // An agent that runs with another configuration (the coordinator's port was taken meanwhile) would never be heard again.
      if (file_text(file) != text) stop_daemon(layout_.pid_file(config.name), kAgentStop);
      if (const Result<void> written = write_file(file, text); !written) return written;
      if (const Result<void> started = start(config.name, {programs_.agent, "--config", file}); !started) return started;
    }
    return {};
  }

  // Last, when no agent uses it any more.
  Result<void> stop_unused_buildkit() {
    if (layout_.buildkit != kOwnBuildkit && stop_daemon(layout_.pid_file("buildkitd"), kAgentStop))
      std::fprintf(stderr, "stopped buildkitd\n");
    return {};
  }

  // The base images that the project in this folder names, so that an ordinary FROM works where Docker Hub can't be reached.
  Result<void> make_images() {
    std::set<std::string> images(options_.images.begin(), options_.images.end());
    if (images.empty()) {
      if (const Result<ReadProject> project = read_project({}); project) {
        for (const JobSpec& job : project->plan.plan.jobs) {
          for (const BaseImage& base : job.bases) {
            const auto ref = oci::parse_image_ref(base.reference);
            if (ref && ref->registry == "docker.io" && !ref->pinned()) images.insert(ref->familiar());
          }
        }
      }
    }
    if (images.empty() || options_.stand_ins == "never") return {};
    std::vector<std::string> command = {programs_.share + "/deploy/local/base-images.sh", layout_.registry_address()};
    command.insert(command.end(), images.begin(), images.end());
    const Result<std::string> made = run_program(command, {{"FARM_STANDINS", options_.stand_ins}});
    if (!made) return made.error().with("making stand-ins for base images");
    if (made->empty() || layout_.buildkit != kDockerBuildkit) return {};
    const Result<std::string> mirrors = run_program({"docker", "info", "--format", "{{json .RegistryConfig.Mirrors}}"}, {});
    return judge_mirrors(mirrors ? *mirrors : "", layout_.registry_address());
  }

  Result<void> wait_for_agents() {
    Result<std::unique_ptr<CoordinatorClient>> client = CoordinatorClient::connect(client_);
    if (!client) return std::move(client).error();
    return wait_for("coordinator", [&] {
      const Result<protocol::AgentList> list = (*client)->ask_for<protocol::AgentList>(protocol::ListAgents{}, Millis{1'000}, &interrupted);
      if (!list) return false;
      for (std::uint32_t i = 1; i <= layout_.agents(); ++i) {
        const auto up = [&](const AgentStatus& agent) { return agent.name == agent_name(i) && agent.state == "up"; };
        if (std::none_of(list->agents.begin(), list->agents.end(), up)) return false;
      }
      return true;
    });
  }

  LocalOptions options_;
  LocalLayout layout_;
  Programs programs_;
  std::string server_key_;
  config::ClientConfig client_;
};

}  // namespace

ExitCode run_local_up(const LocalOptions& options) {
  const Result<LocalLayout> before = open_layout();
  const std::string& buildkit = options.buildkit.empty() && before ? before->buildkit : options.buildkit;
  Result<Programs> programs = find_programs(buildkit.empty() || buildkit == kOwnBuildkit);
  if (!programs) return report(programs.error());
  const std::string share = programs->share;
  // Once started, it stays until `local down`, and learns of new agents.
  const bool monitoring = options.monitoring || (before && monitoring_runs(*before));
  MonitoringPrograms watchers;
  if (monitoring) {
    Result<MonitoringPrograms> found = find_monitoring_programs();
    if (!found) return report(found.error());
    watchers = *std::move(found);
  }
  Result<LocalLayout> layout = make_layout(options.agents, monitoring, options.slots, options.buildkit);
  if (!layout) return report(layout.error());
  LocalFarm farm(options, *layout, *std::move(programs));
  if (const Result<void> up = farm.up(); !up) return report(up.error());
  if (monitoring) {
    if (const Result<void> started = start_monitoring(*layout, share, watchers); !started) return report(started.error());
  }
  const ExitCode status = run_local_status(options);
  if (monitoring) std::fputs(monitoring_addresses(*layout, share).c_str(), stdout);
  return status;
}

}  // namespace farm::ctl
