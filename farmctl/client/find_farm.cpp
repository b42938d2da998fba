#include "farmctl/client/find_farm.hpp"

#include <cstdlib>
#include <filesystem>

namespace farm::ctl {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): read before any thread starts
  return value == nullptr ? "" : value;
}

Result<config::ClientConfig> load(const std::string& path, bool is_default) {
  Parsed<config::ClientConfig> parsed = config::load_client_config(path, is_default, config::farm_environment());
  for (const Diagnostic& diagnostic : parsed.diagnostics) {
    if (diagnostic.severity == Severity::Error)
      return Error{ErrorKind::InvalidInput, "reading farmctl's configuration: " + to_string(diagnostic)};
  }
  return std::move(parsed.value);
}

}  // namespace

Result<std::string> local_farm_directory() {
  if (const std::string state = variable("XDG_STATE_HOME"); !state.empty()) return state + "/farm/local";
  if (const std::string home = variable("HOME"); !home.empty()) return home + "/.local/state/farm/local";
  return Error{ErrorKind::InvalidInput, "neither XDG_STATE_HOME nor HOME is set, so there is no place for a local farm; set one of them"};
}

Result<config::ClientConfig> find_farm(const std::string& config_option) {
  if (!config_option.empty()) return load(config_option, false);
  if (const std::string path = variable("FARM_CONFIG"); !path.empty()) return load(path, false);
  if (!variable("FARM_COORDINATOR").empty()) return load("", true);
  std::string user = variable("XDG_CONFIG_HOME");
  if (user.empty() && !variable("HOME").empty()) user = variable("HOME") + "/.config";
  std::error_code ignored;
  if (!user.empty() && std::filesystem::exists(user + "/farm/client.yaml", ignored)) return load(user + "/farm/client.yaml", false);
  const Result<std::string> local = local_farm_directory();
  if (local && std::filesystem::exists(*local + "/client.yaml", ignored)) return load(*local + "/client.yaml", false);
  return Error{ErrorKind::Unavailable,
               "no farm is configured: start one on this machine with `farmctl local up`, or name one with --config, FARM_CONFIG or "
               "FARM_COORDINATOR"};
}

bool is_local_farm(const config::ClientConfig& farm) {
  const Result<std::string> local = local_farm_directory();
  return local && farm.key_file.starts_with(*local + "/");
}

Result<net::KeyPair> read_own_key(const std::string& file) {
  Result<net::KeyPair> keys = net::read_key_file(file);
  if (!keys && keys.error().kind == ErrorKind::Corrupt) return Error{ErrorKind::InvalidInput, keys.error().message};
  return keys;
}

}  // namespace farm::ctl
