#include "agent/app/builder.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "agent/build/classify.hpp"
#include "agent/build/metadata.hpp"

namespace farm::agent {
namespace {

constexpr const char* kOwnBuilder = "farm";
constexpr Millis kAskTimeout{30'000};
constexpr Millis kPruneTimeout{9 * 60'000};
constexpr std::size_t kTextBytesMax = 256U << 10U;
constexpr std::size_t kCacheTextBytesMax = 64U << 20U;

// What buildx may need of the host's settings; secrets of the agent's own surroundings stay out.
constexpr std::array<std::string_view, 18> kHandedOn = {"PATH",
                                                        "HOME",
                                                        "DOCKER_CONFIG",
                                                        "DOCKER_HOST",
                                                        "DOCKER_CONTEXT",
                                                        "DOCKER_CERT_PATH",
                                                        "DOCKER_TLS_VERIFY",
                                                        "XDG_RUNTIME_DIR",
                                                        "SSL_CERT_FILE",
                                                        "SSL_CERT_DIR",
                                                        "HTTP_PROXY",
                                                        "HTTPS_PROXY",
                                                        "NO_PROXY",
                                                        "http_proxy",
                                                        "https_proxy",
                                                        "no_proxy",
                                                        "SSH_AUTH_SOCK",
                                                        "TMPDIR"};

Result<exec::ProcessText> buildx(exec::ProcessRunner& runner, const Builder& builder, std::vector<std::string> words, std::stop_token stop,
                                 Millis timeout = kAskTimeout, std::size_t bytes_max = kTextBytesMax) {
  exec::ProcessSpec spec;
  spec.argv = builder.command;
  spec.argv.insert(spec.argv.end(), std::make_move_iterator(words.begin()), std::make_move_iterator(words.end()));
  spec.env = builder.environment;
  spec.timeout = timeout;
  spec.term_grace = Millis{2'000};
  return exec::run_for_text(runner, spec, bytes_max, std::move(stop));
}

}  // namespace

std::vector<std::string> buildx_environment(const std::vector<std::string>& variables, const config::AgentConfig& config) {
  std::vector<std::string> out;
  for (const std::string& variable : variables) {
    const std::string name = variable.substr(0, variable.find('='));
    const bool buildx_config = name == "BUILDX_CONFIG" && !config.buildkit.builder.empty();
    if (buildx_config || std::find(kHandedOn.begin(), kHandedOn.end(), name) != kHandedOn.end()) out.push_back(variable);
  }
  if (config.buildkit.builder.empty()) out.push_back("BUILDX_CONFIG=" + config.state_dir + "/buildx");
  out.emplace_back("BUILDX_METADATA_PROVENANCE=disabled");  // a round trip for text that nobody reads
  out.emplace_back("BUILDX_NO_DEFAULT_ATTESTATIONS=1");
  out.emplace_back("NO_COLOR=1");
  return out;
}

Result<Builder> make_builder(exec::ProcessRunner& runner, const config::AgentConfig& config, const std::vector<std::string>& variables) {
  Builder builder{config.buildx, config.buildkit.builder, buildx_environment(variables, config)};
  if (!builder.name.empty()) return builder;
  builder.name = kOwnBuilder;
  std::error_code code;
  std::filesystem::create_directories(config.state_dir + "/buildx", code);
  if (code) return Error{ErrorKind::Unavailable, "creating " + config.state_dir + "/buildx: " + code.message()};
  // It fails where there is none, which is as good.
  if (Result<exec::ProcessText> removed = buildx(runner, builder, {"rm", "--force", kOwnBuilder}, {}); !removed) {
    return std::move(removed.error()).with("running buildx");
  }
  const Result<exec::ProcessText> made =
      buildx(runner, builder, {"create", "--name", kOwnBuilder, "--driver", "remote", config.buildkit.address}, {});
  if (!made) return made.error().with("running buildx");
  if (!made->end.ok()) {
    return Error{ErrorKind::InvalidInput,
                 "buildx made no builder for the BuildKit at \"" + config.buildkit.address + "\": " + build::useful_part(made->err, 1'000)};
  }
  return builder;
}

Result<std::string> ask_buildkit_version(exec::ProcessRunner& runner, const Builder& builder, std::stop_token stop) {
  const Result<exec::ProcessText> text = buildx(runner, builder, {"inspect", builder.name}, std::move(stop));
  if (!text) return text.error().with("running buildx");
  const std::string version = build::version_in_inspect(text->out);
  if (text->end.ok() && !version.empty()) return version;
  const std::string said = build::useful_part(text->err.empty() ? text->out : text->err, 500);
  return Error{ErrorKind::Unavailable, "BuildKit can't be reached by the builder \"" + builder.name + "\": " + said};
}

Result<std::vector<build::CacheEntry>> ask_cache_entries(exec::ProcessRunner& runner, const Builder& builder, std::stop_token stop) {
  const Result<exec::ProcessText> text =
      buildx(runner, builder, {"du", "--builder", builder.name, "--format", "json"}, std::move(stop), kAskTimeout, kCacheTextBytesMax);
  if (!text) return text.error().with("running buildx");
  if (!text->end.ok()) {
    return Error{ErrorKind::Unavailable, "buildx du of the builder \"" + builder.name + "\": " + build::useful_part(text->err, 500)};
  }
  return build::parse_cache_entries(text->out);
}

Result<std::uint64_t> prune_buildkit(exec::ProcessRunner& runner, const Builder& builder, std::int64_t older_than_ms,
                                     std::uint64_t keep_bytes, std::stop_token stop) {
  std::vector<std::vector<std::string>> limits;
  if (older_than_ms == 0) limits.push_back({});
  if (older_than_ms > 0) limits.push_back({"--filter", "until=" + std::to_string(older_than_ms) + "ms"});
  // 0 would mean: no limit.
  if (keep_bytes != UINT64_MAX) limits.push_back({"--max-used-space", std::to_string(std::max<std::uint64_t>(1, keep_bytes))});
  std::uint64_t freed = 0;
  for (const std::vector<std::string>& limit : limits) {
    std::vector<std::string> words = {"prune", "--builder", builder.name, "--force"};
    words.insert(words.end(), limit.begin(), limit.end());
    const Result<exec::ProcessText> text = buildx(runner, builder, words, stop, kPruneTimeout, kCacheTextBytesMax);
    if (!text) return text.error().with("running buildx");
    if (!text->end.ok()) {
      return Error{ErrorKind::Unavailable, "buildx prune of the builder \"" + builder.name + "\": " + build::useful_part(text->err, 500)};
    }
    freed += build::total_of_prune(text->out).value_or(0);
  }
  return freed;
}

}  // namespace farm::agent
