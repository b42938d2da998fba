// Purpose: the configuration files of the three programs, as plain values with defaults. YAML; units are in the names; byte counts may be
// written "20GiB". An unknown key, a wrong type, a value out of its range and a missing must are errors with file:line, all at once.
// Relative paths in a file are relative to that file. Limits: 1 MiB a file.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"

namespace farm::config {

inline constexpr std::size_t kConfigBytesMax = 1U << 20U;

// One registry; agents and clients may reach it under other names.
struct RegistryConfig {
  std::string address;          // "host:port" as the coordinator reaches it; must be given
  std::string agents_address;   // default: address
  std::string clients_address;  // default: address
  bool insecure = false;        // plain HTTP
  std::string slice_repository = "farm/slices";
  friend bool operator==(const RegistryConfig&, const RegistryConfig&) = default;
};

// What is kept; the oldest goes first.
struct RetentionConfig {
  std::uint32_t builds_max = 1'000;
  std::uint32_t age_days = 30;
  std::uint64_t log_bytes_max = 2ULL << 30U;  // of all jobs, before compression
  friend bool operator==(const RetentionConfig&, const RetentionConfig&) = default;
};

struct LogConfig {
  std::string level = "info";  // debug, info, warning, error
  std::string file;            // empty: stderr only
  std::uint64_t file_bytes_max = 64ULL << 20U;
  friend bool operator==(const LogConfig&, const LogConfig&) = default;
};

struct CoordinatorConfig {
  std::string listen = "tcp://127.0.0.1:7440";
  std::string http_listen = "127.0.0.1:7441";  // console, JSON API, metrics; empty: none
  std::vector<std::string> http_hosts;         // names by which browsers ask for it, beside addresses, localhost and this machine's name
  std::string http_read = "open";              // open: whoever reaches it may read; token: the API takes a token, and shows its projects
  std::string console_dir;                     // the console's built files; empty: found by FARM_SHARE or beside the program
  std::string state_dir;                       // must be given
  std::string key_file;                        // must be given
  std::string key_book;                        // must be given (shared/net/key_book.hpp)
  RegistryConfig registry;
  std::map<std::string, std::string> mirrors;  // "docker.io" → "127.0.0.1:5000": where base images are resolved instead
  std::uint32_t base_digest_ttl_s = 300;
  std::uint32_t job_timeout_s = 3'600;
  std::uint32_t build_timeout_s = 4 * 3'600;
  std::uint32_t no_agent_grace_s = 60;   // how long a job waits for an agent that could take it
  std::uint32_t agent_lost_after_s = 5;  // silence of an agent
  RetentionConfig retention;
  LogConfig log;
  friend bool operator==(const CoordinatorConfig&, const CoordinatorConfig&) = default;
};

struct BuildkitConfig {
  std::string address;  // "unix:///run/buildkit/buildkitd.sock": farm makes a builder of its own for it
  std::string builder;  // or: the name of a buildx builder that exists. Exactly one of the two
  friend bool operator==(const BuildkitConfig&, const BuildkitConfig&) = default;
};

struct AgentConfig {
  std::string name;  // must be given, and be the name of its key in the coordinator's book
  std::string coordinator = "tcp://127.0.0.1:7440";
  std::string coordinator_key;  // public, Z85; must be given
  std::string key_file;         // must be given
  std::uint32_t slots = 1;      // jobs at a time, 1 to 256
  std::vector<std::string> labels;
  std::string platform = "linux/amd64";
  std::string state_dir;  // must be given
  std::uint64_t slice_cache_bytes_max = 10ULL << 30U;
  std::uint64_t disk_free_bytes_min = 2ULL << 30U;  // below it the agent takes nothing new
  std::string metrics_listen;                       // "127.0.0.1:7450"; empty: none
  BuildkitConfig buildkit;
  std::vector<std::string> buildx = {"docker", "buildx"};  // the command; a standalone binary works too
  std::string registry;                                    // overrides the address that the coordinator names; empty: no
  LogConfig log;
  friend bool operator==(const AgentConfig&, const AgentConfig&) = default;
};

// farmctl's. Each is overridden by the environment: FARM_COORDINATOR, FARM_COORDINATOR_KEY, FARM_KEY_FILE, FARM_REGISTRY,
// FARM_REGISTRY_INSECURE, FARM_HTTP.
struct ClientConfig {
  std::string coordinator = "tcp://127.0.0.1:7440";
  std::string coordinator_key;  // must be given, here or by the environment
  std::string key_file;         // must be given, here or by the environment
  std::string registry;         // overrides the address that the coordinator names; empty: no
  bool registry_insecure = false;
  std::string http;  // the console's address, for links: "127.0.0.1:7441"; empty: none
  friend bool operator==(const ClientConfig&, const ClientConfig&) = default;
};

// Pure: `text` in, value and all problems out. `file` is for the messages and for relative paths.
Parsed<CoordinatorConfig> parse_coordinator_config(std::string_view text, const std::string& file);
Parsed<AgentConfig> parse_agent_config(std::string_view text, const std::string& file);
// `environment`: the variables that start with FARM_. An empty text is a file without keys.
Parsed<ClientConfig> parse_client_config(std::string_view text, const std::string& file,
                                         const std::map<std::string, std::string>& environment);

// Reads the file, then as above. A file that can't be read is a diagnostic.
Parsed<CoordinatorConfig> load_coordinator_config(const std::string& path);
Parsed<AgentConfig> load_agent_config(const std::string& path);
// A path that is empty, or a missing file where `path_is_default`, is a file without keys.
Parsed<ClientConfig> load_client_config(const std::string& path, bool path_is_default,
                                        const std::map<std::string, std::string>& environment);
// The FARM_ variables of this process.
std::map<std::string, std::string> farm_environment();

// YAML that parses back to the same value.
std::string write_coordinator_config(const CoordinatorConfig& config);
std::string write_agent_config(const AgentConfig& config);
std::string write_client_config(const ClientConfig& config);

}  // namespace farm::config
