#include <algorithm>
#include <charconv>
#include <utility>

#include "shared/compose/extract.hpp"
#include "shared/compose/suggest.hpp"

namespace farm::compose {
namespace {

class BuildReader {
 public:
  BuildReader(const std::string& service, const Node& build, const ExtractContext& context, Report& report)
      : where_("service \"" + service + "\": build"), build_(build), context_(context), report_(report) {}

  BuildSpec read() {
    spec_.place = report_.place(build_.at);
    read_context();
    read_dockerfile();
    read_args();
    read_additional_contexts();
    read_secrets();
    read_shm_size();
    spec_.target = text_at(build_, "target");
    spec_.network = text_at(build_, "network");
    spec_.platforms = list_at(build_, "platforms");
    spec_.tags = unique_list_at(build_, "tags");
    spec_.labels = mapping_at(build_, "labels");
    spec_.cache_from = list_at(build_, "cache_from");
    spec_.cache_to = list_at(build_, "cache_to");
    spec_.entitlements = list_at(build_, "entitlements");
    spec_.extra_hosts = unique_list_at(build_, "extra_hosts");
    std::sort(spec_.extra_hosts.begin(), spec_.extra_hosts.end());
    spec_.no_cache = bool_at(build_, "no_cache", where_, report_);
    spec_.pull = bool_at(build_, "pull", where_, report_);
    spec_.privileged = bool_at(build_, "privileged", where_, report_);
    for (const auto& [id, path] : mapping_at(build_, "ssh")) spec_.ssh.push_back(path.empty() ? id : id + "=" + path);
    warn_of_what_is_not_honoured();
    return std::move(spec_);
  }

 private:
  void read_context() {
    const Node* node = build_.find("context");
    if (node != nullptr && is_remote_context(node->text)) {
      spec_.remote = true;
      spec_.context = node->text;
      report_.warning(node->at, where_ + ": the context \"" + node->text + "\" is not a folder: farm can't build it");
      return;
    }
    if (node != nullptr && node->resolved && !node->text.starts_with('/')) {
      spec_.context = node->text;
      return;
    }
    Result<std::string> path = context_.paths.inside(context_.scope.directory, node == nullptr ? "." : node->text);
    if (path) {
      spec_.context = std::move(*path);
    } else {
      report_.error(node == nullptr ? build_.at : node->at, where_ + ": context: " + path.error().message);
    }
  }

  void read_dockerfile() {
    const Node* text = build_.find("dockerfile_inline");
    const Node* node = build_.find("dockerfile");
    const std::string written = text_at(build_, "dockerfile");
    if (text != nullptr && text->is_scalar()) {
      spec_.dockerfile_inline = text->text;
      if (!written.empty()) report_.error(node->at, where_ + ": dockerfile and dockerfile_inline exclude each other: remove one");
      return;
    }
    const std::string name = written.empty() ? "Dockerfile" : written;
    if (spec_.remote) {
      spec_.dockerfile = name;
      return;
    }
    Result<std::string> path = context_.paths.inside(spec_.context, name);
    if (path) {
      spec_.dockerfile = std::move(*path);
    } else {
      report_.error(node == nullptr ? build_.at : node->at, where_ + ": dockerfile: " + path.error().message);
    }
  }

  void read_args() {
    const Node* args = build_.find("args");
    if (args == nullptr) return;
    for (const auto& [name, value] : args->fields) {
      if (value.is_scalar()) {
        spec_.args[name] = value.text;
        continue;
      }
      const auto found = context_.scope.variables.find(name);
      if (found != context_.scope.variables.end()) spec_.args[name] = found->second;
    }
  }

  void read_additional_contexts() {
    const Node* contexts = build_.find("additional_contexts");
    if (contexts == nullptr) return;
    for (const auto& [name, value] : contexts->fields) {
      if (is_remote_context(value.text) || (value.resolved && !value.text.starts_with('/'))) {
        spec_.additional_contexts[name] = value.text;
        continue;
      }
      Result<std::string> path = context_.paths.inside(context_.scope.directory, value.text);
      if (path) {
        spec_.additional_contexts[name] = std::move(*path);
      } else {
        report_.error(value.at, where_ + ": additional_contexts." + name + ": " + path.error().message);
      }
    }
  }

  void read_secrets() {
    const Node* entries = build_.find("secrets");
    if (entries == nullptr) return;
    std::map<std::string, BuildSecret> by_id;
    for (const Node& entry : entries->items) {
      BuildSecret secret;
      secret.source = text_at(entry, "source");
      const std::string target = text_at(entry, "target");
      secret.id = target.empty() ? secret.source : target;
      secret.place = report_.place(entry.at);
      if (define(secret, entry)) by_id.insert_or_assign(secret.id, std::move(secret));
    }
    for (auto& [id, secret] : by_id) spec_.secrets.push_back(std::move(secret));
  }

  bool define(BuildSecret& secret, const Node& entry) {
    const Node* defined = context_.secrets.find(secret.source);
    if (defined == nullptr && report_.full()) return false;
    if (defined == nullptr) {
      std::vector<std::string_view> names;
      for (const auto& [name, value] : context_.secrets.fields) names.emplace_back(name);
      report_.error(entry.at, where_ + ": secret \"" + secret.source + "\" is not under the top-level \"secrets\"" +
                                  did_you_mean(secret.source, names));
      return false;
    }
    secret.environment = text_at(*defined, "environment");
    const Node* file = defined->find("file");
    if (file != nullptr && file->is_scalar()) {
      Result<TreePath> path =
          file->resolved ? Result<TreePath>(TreePath{true, file->text}) : context_.paths.resolve(context_.scope.directory, file->text);
      if (!path) return report_.error(file->at, "secret \"" + secret.source + "\": " + path.error().message), false;
      secret.file = std::move(path->path);
    }
    if (secret.file.empty() == secret.environment.empty()) {
      report_.error(defined->key_at, "secret \"" + secret.source + "\", which " + where_ +
                                         " uses, must name either a file or an environment variable (farm can't read external secrets)");
      return false;
    }
    return true;
  }

  // "2gb", "512m", "1073741824": units of 1024.
  void read_shm_size() {
    const Node* node = build_.find("shm_size");
    if (node == nullptr || !node->is_scalar()) return;
    const std::string& text = node->text;
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, code] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
    std::string unit(stop, end);
    std::erase(unit, ' ');
    std::transform(unit.begin(), unit.end(), unit.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (unit.size() > 1 && unit.back() == 'b') unit.pop_back();
    if (unit.ends_with('i')) unit.pop_back();
    static constexpr std::string_view kUnits = "bkmgt";
    const std::size_t power = unit.empty() ? 0 : kUnits.find(unit);
    if (code != std::errc{} || unit.size() > 1 || power == std::string_view::npos || !(number >= 0 && number < 1e6)) {
      if (code != std::errc{} || !unit.empty() || !(number >= 0 && number < 9e15)) {
        report_.error(node->at, where_ + ": shm_size: \"" + text + "\" is not a size such as 512m or 2gb");
        return;
      }
    }
    for (std::size_t step = 0; step < power; ++step) number *= 1024;
    spec_.shm_size_bytes = static_cast<std::int64_t>(number);
  }

  void warn_of_what_is_not_honoured() {
    static const std::vector<std::pair<std::string, std::string>> reasons{
        {"ssh", "agents have no SSH agent to hand in; use build.secrets"},
        {"privileged", "agents build without privileges"},
        {"entitlements", "an agent grants them by its own configuration only"},
        {"cache_from", "the farm keeps its own caches"},
        {"cache_to", "the farm keeps its own caches"},
        {"isolation", "agents build on Linux only"},
        {"ulimits", "an agent's BuildKit sets them"},
        {"provenance", "the farm decides about attestations"},
        {"sbom", "the farm decides about attestations"},
        {"no_cache", "give farmctl submit --no-cache"},
        {"pull", "give farmctl submit --pull"}};
    const std::map<std::string, bool> switches{{"privileged", spec_.privileged}, {"no_cache", spec_.no_cache}, {"pull", spec_.pull}};
    for (const auto& [key, reason] : reasons) {
      const Node* node = build_.find(key);
      const auto off = switches.find(key);
      if (node == nullptr || (off != switches.end() && !off->second)) continue;
      report_.warning(node->key_at, where_ + "." + key + " is not honoured: " + reason);
    }
  }

  std::string where_;
  const Node& build_;
  const ExtractContext& context_;
  Report& report_;
  BuildSpec spec_;
};

}  // namespace

BuildSpec extract_build(const std::string& service, const Node& build, const ExtractContext& context, Report& report) {
  return BuildReader(service, build, context, report).read();
}

}  // namespace farm::compose
