// Purpose: an API request's path and query as a value: which question, with which words. Pure. Errors: NotFound (no such path),
// InvalidInput (a word that is out of its limits; names it).
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "coordinator/http/history.hpp"
#include "shared/base/ids.hpp"
#include "shared/http/server.hpp"

namespace farm::coordinator {

inline constexpr std::string_view kApiRoot = "/api/v1/";
constexpr std::uint32_t kListLimit = 50;
constexpr std::uint32_t kListLimitMax = 500;
constexpr std::uint32_t kLogLimit = 256U << 10U;
constexpr std::uint32_t kLogLimitMax = 1U << 20U;
constexpr std::size_t kWordBytesMax = 500;

namespace ask {
struct Farm {};
struct Projects {};
struct Agents {};
struct Description {};  // openapi.yaml
struct Caller {};       // who the token belongs to
struct FarmEvents {};
struct Builds {
  BuildFilter filter;
};
struct Cache {
  std::string project;
  std::uint32_t limit = kListLimit;
};
struct Build {
  BuildId build;  // 0: the newest
};
struct Graph {
  BuildId build;
};
struct BuildEvents {
  BuildId build;
};
struct Log {
  BuildId build;
  std::string job;
  std::uint64_t offset = 0;
  std::uint32_t limit = kLogLimit;
  bool as_text = false;
};
struct Explanation {
  BuildId build;
  std::string job;
};
struct LogEvents {
  BuildId build;
  std::string job;
  std::uint64_t offset = 0;
};
}  // namespace ask

using Question = std::variant<ask::Farm, ask::Projects, ask::Agents, ask::Description, ask::Caller, ask::FarmEvents, ask::Builds,
                              ask::Cache, ask::Build, ask::Graph, ask::BuildEvents, ask::Explanation, ask::Log, ask::LogEvents>;

Result<Question> read_question(const http::Request& request);

// A build's number, or `latest` (0). Error: InvalidInput.
Result<BuildId> read_build(const std::string& word);

}  // namespace farm::coordinator
