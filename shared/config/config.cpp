#include "shared/config/config.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "shared/config/reader.hpp"

extern char** environ;

namespace farm::config {
namespace {

constexpr std::uint32_t kSecondsMax = 7 * 24 * 3'600;

void check_endpoint(Section& section, const std::string& key, const std::string& value) {
  const bool tcp = value.starts_with("tcp://") && value.rfind(':') > 6;
  const bool ipc = value.starts_with("ipc://") && value.size() > 6;
  if (!tcp && !ipc) section.problem(key, key + " must look like \"tcp://127.0.0.1:7440\", not \"" + value + "\"");
}

void check_host_port(Section& section, const std::string& key, const std::string& value) {
  if (value.empty()) return;
  const std::size_t colon = value.rfind(':');
  const bool has_port =
      colon != std::string::npos && colon > 0 && colon + 1 < value.size() &&
      std::all_of(value.begin() + static_cast<std::ptrdiff_t>(colon) + 1, value.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!has_port) section.problem(key, key + " must look like \"127.0.0.1:7441\", not \"" + value + "\"");
}

void check_key(Section& section, const std::string& key, const std::string& value) {
  if (value.empty()) return section.must(key, value);
  if (value.size() != 40)
    section.problem(key, key + " must be the coordinator's public key, 40 characters (quote it: it may hold '#' or ':')");
}

void read_log(Section section, LogConfig& log) {
  section.text("level", log.level);
  section.path("file", log.file);
  section.bytes("file_bytes_max", log.file_bytes_max);
  section.finish();
  const std::vector<std::string> levels{"debug", "info", "warning", "error"};
  if (std::find(levels.begin(), levels.end(), log.level) == levels.end()) {
    section.problem("level", "log.level must be debug, info, warning or error, not \"" + log.level + "\"");
  }
}

void read_registry(Section section, RegistryConfig& registry) {
  section.text("address", registry.address);
  section.text("agents_address", registry.agents_address);
  section.text("clients_address", registry.clients_address);
  section.flag("insecure", registry.insecure);
  section.text("slice_repository", registry.slice_repository);
  section.finish();
  section.must("address", registry.address);
  section.must("slice_repository", registry.slice_repository);
  if (registry.agents_address.empty()) registry.agents_address = registry.address;
  if (registry.clients_address.empty()) registry.clients_address = registry.address;
}

void read_retention(Section section, RetentionConfig& retention) {
  section.number("builds_max", retention.builds_max, 1, 1'000'000);
  section.number("age_days", retention.age_days, 1, 3'650);
  section.bytes("log_bytes_max", retention.log_bytes_max);
  section.finish();
}

void read_coordinator(Section section, CoordinatorConfig& config) {
  section.text("listen", config.listen);
  section.text("http_listen", config.http_listen);
  section.texts("http_hosts", config.http_hosts);
  section.text("http_read", config.http_read);
  section.path("console_dir", config.console_dir);
  section.path("state_dir", config.state_dir);
  section.path("key_file", config.key_file);
  section.path("key_book", config.key_book);
  read_registry(section.section("registry"), config.registry);
  section.text_map("mirrors", config.mirrors);
  section.number("base_digest_ttl_s", config.base_digest_ttl_s, 0, kSecondsMax);
  section.number("job_timeout_s", config.job_timeout_s, 1, kSecondsMax);
  section.number("build_timeout_s", config.build_timeout_s, 1, kSecondsMax);
  section.number("no_agent_grace_s", config.no_agent_grace_s, 0, kSecondsMax);
  section.number("agent_lost_after_s", config.agent_lost_after_s, 2, 3'600);
  read_retention(section.section("retention"), config.retention);
  read_log(section.section("log"), config.log);
  section.finish();
  for (const auto& [key, value] : {std::pair<const char*, const std::string&>{"state_dir", config.state_dir},
                                   {"key_file", config.key_file},
                                   {"key_book", config.key_book}}) {
    section.must(key, value);
  }
  check_endpoint(section, "listen", config.listen);
  check_host_port(section, "http_listen", config.http_listen);
  for (const std::string& name : config.http_hosts) {
    if (name.empty() || name.find_first_of(":/ ") != std::string::npos)
      section.problem("http_hosts", "http_hosts lists names without scheme and port, such as \"farm.example.org\", not \"" + name + "\"");
  }
  if (config.http_read != "open" && config.http_read != "token")
    section.problem("http_read", "http_read must be open or token, not \"" + config.http_read + "\"");
}

void read_buildkit(Section section, BuildkitConfig& buildkit) {
  section.text("address", buildkit.address);
  section.text("builder", buildkit.builder);
  section.finish();
  if (buildkit.address.empty() == buildkit.builder.empty()) {
    section.problem("address",
                    "buildkit must give exactly one of address (\"unix:///run/buildkit/buildkitd.sock\") and builder (the name of a "
                    "buildx builder)");
  }
}

void read_agent(Section section, AgentConfig& config) {
  section.text("name", config.name);
  section.text("coordinator", config.coordinator);
  section.text("coordinator_key", config.coordinator_key);
  section.path("key_file", config.key_file);
  section.number("slots", config.slots, 1, 256);
  section.texts("labels", config.labels);
  section.text("platform", config.platform);
  section.path("state_dir", config.state_dir);
  section.bytes("slice_cache_bytes_max", config.slice_cache_bytes_max);
  section.bytes("disk_free_bytes_min", config.disk_free_bytes_min);
  section.text("metrics_listen", config.metrics_listen);
  read_buildkit(section.section("buildkit"), config.buildkit);
  section.texts("buildx", config.buildx);
  section.text("registry", config.registry);
  read_log(section.section("log"), config.log);
  section.finish();
  section.must("name", config.name);
  section.must("key_file", config.key_file);
  section.must("state_dir", config.state_dir);
  section.must("platform", config.platform);
  check_endpoint(section, "coordinator", config.coordinator);
  check_key(section, "coordinator_key", config.coordinator_key);
  check_host_port(section, "metrics_listen", config.metrics_listen);
  if (config.buildx.empty()) section.problem("buildx", "buildx must name a command, such as [docker, buildx]");
}

void take_environment(const std::map<std::string, std::string>& environment, const std::string& name, std::string& out) {
  if (const auto found = environment.find(name); found != environment.end() && !found->second.empty()) out = found->second;
}

void read_client(Section section, ClientConfig& config, const std::map<std::string, std::string>& environment) {
  section.text("coordinator", config.coordinator);
  section.text("coordinator_key", config.coordinator_key);
  section.path("key_file", config.key_file);
  section.text("registry", config.registry);
  section.flag("registry_insecure", config.registry_insecure);
  section.text("http", config.http);
  section.finish();
  take_environment(environment, "FARM_COORDINATOR", config.coordinator);
  take_environment(environment, "FARM_COORDINATOR_KEY", config.coordinator_key);
  take_environment(environment, "FARM_KEY_FILE", config.key_file);
  take_environment(environment, "FARM_REGISTRY", config.registry);
  take_environment(environment, "FARM_HTTP", config.http);
  std::string insecure = config.registry_insecure ? "true" : "false";
  take_environment(environment, "FARM_REGISTRY_INSECURE", insecure);
  if (insecure != "true" && insecure != "false") {
    section.problem("registry_insecure", "FARM_REGISTRY_INSECURE must be true or false, not \"" + insecure + "\"");
  }
  config.registry_insecure = insecure == "true";
  if (config.key_file.empty()) section.problem("key_file", "key_file (or FARM_KEY_FILE) must be given; make one with: farmctl keys new");
  check_endpoint(section, "coordinator", config.coordinator);
  check_key(section, "coordinator_key", config.coordinator_key);
}

template <typename T, typename Read>
Parsed<T> parse(std::string_view text, const std::string& file, Read read) {
  Parsed<T> parsed;
  Problems problems{file, {}};
  if (text.size() > kConfigBytesMax) {
    problems.add(0, "the file is longer than " + std::to_string(kConfigBytesMax) + " bytes");
  } else {
    try {
      if (const auto node = parse_mapping(text, problems)) read(Section(*node, "", problems), parsed.value);
    } catch (const YAML::Exception& error) {
      problems.add(error.mark.line + 1, "no configuration: " + error.msg);
    }
  }
  parsed.diagnostics = std::move(problems.diagnostics);
  return parsed;
}

Result<std::string> read_text(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_fifo(path, ignored))  // whoever opens one waits for its writer, maybe for ever
    return Error{ErrorKind::InvalidInput, "the configuration is a pipe; it has to be a file"};
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{ErrorKind::NotFound, "the configuration file can't be read"};
  std::string text(kConfigBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return Error{ErrorKind::Unavailable, "the configuration file can't be read"};
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

template <typename T>
Parsed<T> unreadable(const std::string& path, const Error& error) {
  return {{}, {{Severity::Error, {path, 0, 0}, error.message}}};
}

}  // namespace

Parsed<CoordinatorConfig> parse_coordinator_config(std::string_view text, const std::string& file) {
  return parse<CoordinatorConfig>(text, file, [](Section section, CoordinatorConfig& out) { read_coordinator(std::move(section), out); });
}

Parsed<AgentConfig> parse_agent_config(std::string_view text, const std::string& file) {
  return parse<AgentConfig>(text, file, [](Section section, AgentConfig& out) { read_agent(std::move(section), out); });
}

Parsed<ClientConfig> parse_client_config(std::string_view text, const std::string& file,
                                         const std::map<std::string, std::string>& environment) {
  return parse<ClientConfig>(text, file, [&](Section section, ClientConfig& out) { read_client(std::move(section), out, environment); });
}

Parsed<CoordinatorConfig> load_coordinator_config(const std::string& path) {
  const Result<std::string> text = read_text(path);
  return text ? parse_coordinator_config(*text, path) : unreadable<CoordinatorConfig>(path, text.error());
}

Parsed<AgentConfig> load_agent_config(const std::string& path) {
  const Result<std::string> text = read_text(path);
  return text ? parse_agent_config(*text, path) : unreadable<AgentConfig>(path, text.error());
}

Parsed<ClientConfig> load_client_config(const std::string& path, bool path_is_default,
                                        const std::map<std::string, std::string>& environment) {
  if (path.empty()) return parse_client_config("", "the environment", environment);
  const Result<std::string> text = read_text(path);
  if (text) return parse_client_config(*text, path, environment);
  if (path_is_default && text.error().kind == ErrorKind::NotFound) return parse_client_config("", path, environment);
  return unreadable<ClientConfig>(path, text.error());
}

std::map<std::string, std::string> farm_environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (text.starts_with("FARM_") && equals != std::string_view::npos) variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

}  // namespace farm::config
