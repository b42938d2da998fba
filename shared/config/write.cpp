#include <yaml-cpp/yaml.h>

#include "shared/config/config.hpp"

namespace farm::config {
namespace {

// Every text is quoted: keys in Z85 hold characters that mean something in YAML.
class Writer {
 public:
  Writer() { out_ << YAML::BeginMap; }
  Writer& text(const char* key, const std::string& value) {
    out_ << YAML::Key << key << YAML::Value << YAML::DoubleQuoted << value;
    return *this;
  }
  Writer& flag(const char* key, bool value) {
    out_ << YAML::Key << key << YAML::Value << (value ? "true" : "false");
    return *this;
  }
  Writer& number(const char* key, std::uint64_t value) {
    out_ << YAML::Key << key << YAML::Value << std::to_string(value);
    return *this;
  }
  Writer& texts(const char* key, const std::vector<std::string>& values) {
    out_ << YAML::Key << key << YAML::Value << YAML::Flow << YAML::BeginSeq;
    for (const std::string& value : values) out_ << YAML::DoubleQuoted << value;
    out_ << YAML::EndSeq;
    return *this;
  }
  Writer& begin(const char* key) {
    out_ << YAML::Key << key << YAML::Value << YAML::BeginMap;
    return *this;
  }
  Writer& end() {
    out_ << YAML::EndMap;
    return *this;
  }
  Writer& log(const LogConfig& log) {
    return begin("log").text("level", log.level).text("file", log.file).number("file_bytes_max", log.file_bytes_max).end();
  }
  std::string finish() {
    out_ << YAML::EndMap;
    return std::string(out_.c_str()) + "\n";
  }

 private:
  YAML::Emitter out_;
};

}  // namespace

std::string write_coordinator_config(const CoordinatorConfig& config) {
  Writer out;
  out.text("listen", config.listen).text("http_listen", config.http_listen).texts("http_hosts", config.http_hosts);
  out.text("http_read", config.http_read).text("console_dir", config.console_dir);
  out.text("state_dir", config.state_dir);
  out.text("key_file", config.key_file).text("key_book", config.key_book);
  const RegistryConfig& registry = config.registry;
  out.begin("registry").text("address", registry.address).text("agents_address", registry.agents_address);
  out.text("clients_address", registry.clients_address).flag("insecure", registry.insecure);
  out.text("slice_repository", registry.slice_repository).end();
  out.begin("mirrors");
  for (const auto& [host, mirror] : config.mirrors) out.text(host.c_str(), mirror);
  out.end();
  out.number("base_digest_ttl_s", config.base_digest_ttl_s).number("job_timeout_s", config.job_timeout_s);
  out.number("build_timeout_s", config.build_timeout_s).number("no_agent_grace_s", config.no_agent_grace_s);
  out.number("agent_lost_after_s", config.agent_lost_after_s);
  out.begin("retention").number("builds_max", config.retention.builds_max).number("age_days", config.retention.age_days);
  out.number("log_bytes_max", config.retention.log_bytes_max).end();
  return out.log(config.log).finish();
}

std::string write_agent_config(const AgentConfig& config) {
  Writer out;
  out.text("name", config.name).text("coordinator", config.coordinator).text("coordinator_key", config.coordinator_key);
  out.text("key_file", config.key_file).number("slots", config.slots).texts("labels", config.labels).text("platform", config.platform);
  out.text("state_dir", config.state_dir).number("slice_cache_bytes_max", config.slice_cache_bytes_max);
  out.number("disk_free_bytes_min", config.disk_free_bytes_min).text("metrics_listen", config.metrics_listen);
  out.begin("buildkit").text("address", config.buildkit.address).text("builder", config.buildkit.builder).end();
  return out.texts("buildx", config.buildx).text("registry", config.registry).log(config.log).finish();
}

std::string write_client_config(const ClientConfig& config) {
  Writer out;
  out.text("coordinator", config.coordinator).text("coordinator_key", config.coordinator_key).text("key_file", config.key_file);
  return out.text("registry", config.registry).flag("registry_insecure", config.registry_insecure).text("http", config.http).finish();
}

}  // namespace farm::config
