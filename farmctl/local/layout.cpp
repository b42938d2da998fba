#include "farmctl/local/layout.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "farmctl/client/find_farm.hpp"
#include "farmctl/local/builder.hpp"

namespace farm::ctl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kOutputBytesKept = 1U << 20U;

// True where nobody listens at the port of the loopback interface.
bool is_free(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return bound;
}

// A free port, or 0. `wanted` is kept if it gets free soon: a program that was just killed holds its port until its last thread is gone.
// New ones lie below the range from which the kernel takes ports for connections: there, a client that tries again and again to reach a
// program that is away can end up connected to itself, and hold the port.
std::uint16_t free_port(std::uint16_t wanted) {
  constexpr int kTries = 60;
  for (int i = 0; wanted != 0 && i < kTries; ++i) {
    if (is_free(wanted)) return wanted;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  constexpr std::uint32_t kLowest = 20'000;
  constexpr std::uint32_t kCount = 12'000;
  for (int i = 0; i < kTries; ++i) {
    std::uint32_t drawn = 0;
    if (::getrandom(&drawn, sizeof drawn, 0) != static_cast<ssize_t>(sizeof drawn)) break;
    const auto port = static_cast<std::uint16_t>(kLowest + drawn % kCount);
    if (is_free(port)) return port;
  }
  return 0;
}

void read_ports(const std::string& file, LocalLayout& layout) {
  LocalPorts& ports = layout.ports;
  std::ifstream in(file);
  std::string name;
  std::uint16_t port = 0;
  while (in >> name >> port) {
    if (name == "registry") ports.registry = port;
    if (name == "coordinator") ports.coordinator = port;
    if (name == "http") ports.http = port;
    if (name == "agent") ports.agent_metrics.push_back(port);
    if (name == "prometheus") ports.prometheus = port;
    if (name == "grafana") ports.grafana = port;
    if (name == "slots" && port != 0) layout.slots = port;  // not a port, but what goes with them
  }
}

bool write_ports(const std::string& file, const LocalLayout& layout) {
  const LocalPorts& ports = layout.ports;
  std::ofstream out(file, std::ios::trunc);
  out << "registry " << ports.registry << "\ncoordinator " << ports.coordinator << "\nhttp " << ports.http << "\n";
  for (const std::uint16_t port : ports.agent_metrics) out << "agent " << port << "\n";
  out << "slots " << layout.slots << "\n";
  if (ports.prometheus != 0) out << "prometheus " << ports.prometheus << "\ngrafana " << ports.grafana << "\n";
  return static_cast<bool>(out.flush());
}

std::string read_buildkit(const std::string& root) {
  std::ifstream in(root + "/builder");
  std::string choice;
  std::getline(in, choice);
  return wrong_buildkit(choice).empty() ? choice : kOwnBuildkit;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no other thread
  return value == nullptr ? "" : value;
}

bool executable(const std::string& path) { return ::access(path.c_str(), X_OK) == 0; }

fs::path own_folder() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

// PREFIX/share/farm of an installed farmctl, or the source tree above a built one.
std::string find_share() {
  std::error_code ignored;
  if (const std::string share = variable("FARM_SHARE"); !share.empty()) return share;
  const fs::path own = own_folder();
  if (fs::exists(own / "../share/farm/deploy/templates", ignored)) return fs::weakly_canonical(own / "../share/farm", ignored).string();
  for (fs::path up = own; up != up.root_path(); up = up.parent_path()) {
    if (fs::exists(up / "deploy/templates", ignored)) return up.string();
  }
  return "";
}

}  // namespace

std::string find_in_path(const std::string& name) {
  const std::string path = variable("PATH");
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    const std::string candidate = path.substr(begin, end - begin) + "/" + name;
    if (executable(candidate)) return candidate;
    begin = end + 1;
  }
  return executable("/usr/bin/" + name) ? "/usr/bin/" + name : "";
}

Result<LocalLayout> open_layout() {
  Result<std::string> root = local_farm_directory();
  if (!root) return std::move(root).error();
  LocalLayout layout{*root, {}};
  read_ports(*root + "/ports", layout);
  layout.buildkit = read_buildkit(*root);
  if (layout.ports.registry == 0)
    return Error{ErrorKind::NotFound, "there is no local farm in " + *root + "; start one with `farmctl local up`"};
  return layout;
}

Result<LocalLayout> make_layout(std::uint32_t agents, bool monitoring, std::uint32_t slots, const std::string& buildkit) {
  Result<std::string> root = local_farm_directory();
  if (!root) return std::move(root).error();
  std::error_code error;
  for (const char* folder : {"run", "log", "keys", "registry", "buildkit", "coordinator"}) {
    fs::create_directories(*root + "/" + folder, error);
    if (error) return Error{ErrorKind::Unavailable, "making " + *root + "/" + folder + ": " + error.message()};
  }
  fs::permissions(*root, fs::perms::owner_all, error);
  LocalLayout layout{*root, {}};
  read_ports(*root + "/ports", layout);
  layout.buildkit = buildkit.empty() ? read_buildkit(*root) : buildkit;
  if (slots != 0) layout.slots = slots;
  if (agents == 0) agents = std::max(layout.agents(), 1U);
  const auto keep = [&](std::uint16_t& port, const std::string& part) {
    if (port == 0 || running_pid(layout.pid_file(part)) == 0) port = free_port(port);
  };
  keep(layout.ports.registry, "registry");
  keep(layout.ports.coordinator, "coordinator");
  keep(layout.ports.http, "coordinator");
  layout.ports.agent_metrics.resize(agents);
  for (std::uint32_t i = 0; i < agents; ++i) keep(layout.ports.agent_metrics[i], agent_name(i + 1));
  if (monitoring) {
    keep(layout.ports.prometheus, "prometheus");
    keep(layout.ports.grafana, "grafana");
  }
  std::ofstream builder(*root + "/builder", std::ios::trunc);
  builder << layout.buildkit << "\n";
  if (!builder.flush() || !write_ports(*root + "/ports", layout))
    return Error{ErrorKind::Unavailable, "writing " + *root + "/ports: no room or no permission"};
  return layout;
}

std::string LocalLayout::buildkit_address() const {
  if (buildkit == kDockerBuildkit) {
    const std::string host = variable("DOCKER_HOST");
    return host.starts_with("unix://") ? host : kDockerSocket;
  }
  return buildkit == kOwnBuildkit ? "unix://" + buildkit_socket() : buildkit;
}

std::vector<std::string> parts(const LocalLayout& layout) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(layout.root + "/run", ignored)) {
    if (entry.path().extension() == ".pid") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> surplus_agents(const LocalLayout& layout) {
  std::vector<std::string> names = parts(layout);
  std::erase_if(names, [&](const std::string& name) {
    if (!name.starts_with("local-")) return true;
    for (std::uint32_t i = 1; i <= layout.agents(); ++i) {
      if (name == agent_name(i)) return true;
    }
    return false;
  });
  return names;
}

Result<Programs> find_programs(bool own_buildkit) {
  Programs programs;
  programs.share = find_share();
  if (programs.share.empty()) {
    return Error{ErrorKind::NotFound, "starting a local farm: farm's templates were not found beside " + own_folder().string() +
                                          "; FARM_SHARE names the folder that holds deploy/templates"};
  }
  const std::string own = own_folder().string();
  const auto beside = [&](const std::string& name) { return executable(own + "/" + name) ? own + "/" + name : find_in_path(name); };
  programs.coordinator = beside("farm-coordinator");
  programs.agent = beside("farm-agent");
  programs.registry = find_in_path("docker-registry");
  std::string tools = variable("FARM_TOOLS_BIN");
  if (tools.empty() && executable(programs.share + "/tools/install.sh")) {
    std::vector<std::string> make = {programs.share + "/tools/install.sh", "--print-bin"};
    if (!own_buildkit) make.emplace_back("--no-buildkit");
    Result<std::string> printed = run_program(make, {});
    if (!printed) return std::move(printed).error().with("making BuildKit and buildx");
    tools = printed->substr(0, printed->find('\n'));
  }
  const auto tool = [&](const std::string& name) { return executable(tools + "/" + name) ? tools + "/" + name : find_in_path(name); };
  if (own_buildkit) programs.buildkitd = tool("buildkitd");
  programs.buildx = tool("buildx");
  const std::pair<const char*, const std::string*> all[] = {{"farm-coordinator", &programs.coordinator},
                                                            {"farm-agent", &programs.agent},
                                                            {"docker-registry", &programs.registry},
                                                            {"buildkitd", &programs.buildkitd},
                                                            {"buildx", &programs.buildx}};
  for (const auto& [name, path] : all) {
    if (path->empty() && (own_buildkit || path != &programs.buildkitd)) {
      return Error{ErrorKind::NotFound, "starting a local farm: " + std::string(name) +
                                            " was not found; `tools/install.sh --for run` installs what a farm needs"};
    }
  }
  return programs;
}

Result<std::string> fill_template(const std::string& share, const std::string& name, const std::map<std::string, std::string>& values) {
  std::ifstream in(share + "/deploy/templates/" + name);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (text.empty()) return Error{ErrorKind::NotFound, share + "/deploy/templates/" + name + " can't be read"};
  for (const auto& [key, value] : values) {
    const std::string mark = "{{ " + key + " }}";
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size()))
      text.replace(at, mark.size(), value);
  }
  if (text.find("{{ ") != std::string::npos) return Error{ErrorKind::Internal, "the template " + name + " has a key without a value"};
  return text;
}

Result<std::string> run_program(const std::vector<std::string>& command, const std::map<std::string, std::string>& environment) {
  std::string line;
  const auto quoted = [](const std::string& word) {
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
  };
  for (const auto& [name, value] : environment) line += name + "=" + quoted(value) + " ";
  for (const std::string& word : command) line += quoted(word) + " ";
  FILE* pipe = ::popen(line.c_str(), "re");
  if (pipe == nullptr) return Error{ErrorKind::Unavailable, "running " + command.front() + ": no process could be made"};
  std::string output;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    // What is too much is read all the same: a closed pipe would end the program before it is done.
    if (output.size() < kOutputBytesKept) output.append(buffer, n);
  }
  const int status = ::pclose(pipe);
  if (status != 0) {
    return Error{ErrorKind::Unavailable,
                 command.front() + " ended with status " + std::to_string(WIFEXITED(status) ? WEXITSTATUS(status) : status)};
  }
  return output;
}

}  // namespace farm::ctl
