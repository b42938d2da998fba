#include "coordinator/http/actions.hpp"

#include <utility>

#include "coordinator/http/api.hpp"
#include "shared/json/api_json.hpp"

namespace farm::coordinator {
namespace {

constexpr std::string_view kBuilds = "builds/";
constexpr std::string_view kAgents = "agents/";

// The word between the beginning and the end; empty: the text is none such.
std::string between(std::string_view text, std::string_view begin, std::string_view end) {
  if (text.size() <= begin.size() + end.size() || !text.starts_with(begin) || !text.ends_with(end)) return "";
  const std::string_view word = text.substr(begin.size(), text.size() - begin.size() - end.size());
  return word.find('/') == std::string_view::npos ? std::string(word) : "";
}

http::Answer only_read(const std::string& path) {
  http::Answer answer = error_answer(405, {ErrorKind::InvalidInput, path.substr(0, kWordBytesMax) + " does not know this method"});
  answer.headers.emplace_back("Allow", "GET, HEAD");
  return answer;
}

}  // namespace

std::optional<Result<protocol::ClientRequestBody>> read_action(const std::string& path) {
  if (!path.starts_with(kApiRoot)) return std::nullopt;
  const std::string_view rest = std::string_view(path).substr(kApiRoot.size());
  if (const std::string word = between(rest, kBuilds, "/cancel"); !word.empty()) {
    const Result<BuildId> build = read_build(word);
    if (!build) return build.error();
    return protocol::ClientRequestBody(protocol::CancelBuild{*build});
  }
  for (const bool drain : {true, false}) {
    std::string agent = between(rest, kAgents, drain ? "/drain" : "/undrain");
    if (agent.empty()) continue;
    if (agent.size() > kWordBytesMax)
      return Error{ErrorKind::InvalidInput, "the agent's name is longer than " + std::to_string(kWordBytesMax) + " bytes"};
    return protocol::ClientRequestBody(protocol::SetDrain{std::move(agent), drain});
  }
  return std::nullopt;
}

http::Answer Actions::answer(const http::Request& request) {
  const auto denied = [this](const char* cause) { metrics_.count(metrics::Metric::HttpDenied, {cause}); };
  std::optional<Result<protocol::ClientRequestBody>> asked = read_action(request.path);
  if (!asked) return only_read(request.path);
  if (const Result<void> own = hosts_.origin(request.origin, request.host); !own) {
    denied("origin");
    return error_answer(own.error());
  }
  Result<net::KeyOwner> caller = callers_.caller(request.authorization);
  if (!caller) return who_are_you(caller.error());
  if (!*asked) return error_answer(asked->error());
  if (const Result<void> done = desk_.perform({*std::move(caller), **std::move(asked)}); !done) {
    if (done.error().kind == ErrorKind::Denied) denied("role");
    return error_answer(done.error());
  }
  return {200, "application/json", api::done_json(), {{"Cache-Control", "no-store"}}, nullptr};
}

}  // namespace farm::coordinator
