// Purpose: the buildx builder that this agent's jobs use: its own (remote driver, configuration in the state directory,
// made anew at each start so that a changed address counts), or one of the host's by name; and the environment that
// every buildx gets.
#pragma once

#include <string>
#include <vector>

#include "agent/build/cache_usage.hpp"
#include "agent/exec/process_runner.hpp"
#include "shared/base/result.hpp"
#include "shared/config/config.hpp"

namespace farm::agent {

struct Builder {
  std::vector<std::string> command;  // buildx
  std::string name;
  std::vector<std::string> environment;  // the whole of it: nothing else of the agent's reaches buildx
};

// `variables`: the agent's own environment, of which a few names are handed on (paths, the registry login, proxies, CA
// files).
std::vector<std::string> buildx_environment(const std::vector<std::string>& variables, const config::AgentConfig& config);

// Makes the builder. Errors: NotFound (no buildx), InvalidInput (it refuses the address), Unavailable.
Result<Builder> make_builder(exec::ProcessRunner& runner, const config::AgentConfig& config, const std::vector<std::string>& variables);

// BuildKit's version; "" where the builder says none. Error: Unavailable, with what buildx says, where BuildKit can't
// be reached.
Result<std::string> ask_buildkit_version(exec::ProcessRunner& runner, const Builder& builder, std::stop_token stop = {});

// What BuildKit's cache holds. Errors: Unavailable, Corrupt.
Result<std::vector<build::CacheEntry>> ask_cache_entries(exec::ProcessRunner& runner, const Builder& builder, std::stop_token stop);
// Frees what was not used for `older_than_ms` (negative: age does not count), then the least recently used down to `keep_bytes`
// (UINT64_MAX: no limit). The bytes freed. Error: Unavailable, with what buildx says.
Result<std::uint64_t> prune_buildkit(exec::ProcessRunner& runner, const Builder& builder, std::int64_t older_than_ms,
                                     std::uint64_t keep_bytes, std::stop_token stop);

}  // namespace farm::agent
