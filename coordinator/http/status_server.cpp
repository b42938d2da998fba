#include "coordinator/http/status_server.hpp"

#include <charconv>
#include <utility>

namespace farm::coordinator {
namespace {

Result<http::ServerOptions> read_address(const std::string& listen) {
  const std::size_t colon = listen.rfind(':');
  http::ServerOptions options;
  unsigned port = 0;
  const char* end = listen.data() + listen.size();
  const auto read = colon == std::string::npos ? std::from_chars_result{end, std::errc::invalid_argument}
                                               : std::from_chars(listen.data() + colon + 1, end, port);
  if (read.ec != std::errc() || read.ptr != end || port > 65'535 || colon == 0) {
    return Error{ErrorKind::InvalidInput, "http_listen: '" + listen + "' is not host:port"};
  }
  options.host = listen.substr(0, colon);
  options.port = static_cast<std::uint16_t>(port);
  return options;
}

http::Answer readiness(const Health& health, Instant now) {
  const std::vector<std::string> problems = health.problems(now);
  if (problems.empty()) return {200, "text/plain; charset=utf-8", "ready\n"};
  http::Answer answer{503, "text/plain; charset=utf-8", ""};
  for (const std::string& problem : problems) answer.body += problem + "\n";
  return answer;
}

}  // namespace

void Health::store_is(std::string problem) {
  const std::scoped_lock lock(mutex_);
  store_ = std::move(problem);
}
void Health::registry_is(std::string problem) {
  const std::scoped_lock lock(mutex_);
  registry_ = std::move(problem);
}
void Health::loop_turned(Instant now) {
  const std::scoped_lock lock(mutex_);
  turned_ = now;
}

std::vector<std::string> Health::problems(Instant now) const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> result;
  if (!store_.empty()) result.push_back("store: " + store_);
  if (!registry_.empty()) result.push_back("registry: " + registry_);
  if (now - turned_ > kLoopStallMax) result.push_back("loop: no turn for " + std::to_string((now - turned_).value) + " ms");
  return result;
}

Result<std::unique_ptr<http::Server>> start_status_server(const StatusServerOptions& options, const metrics::Metrics& metrics,
                                                          const Health& health, Instant (*clock)()) {
  const Result<http::ServerOptions> address = read_address(options.listen);
  if (!address) return address.error();
  std::map<std::string, http::Handler> handlers;
  handlers["/healthz"] = [](const http::Request&) { return http::Answer{200, "text/plain; charset=utf-8", "alive\n"}; };
  handlers["/readyz"] = [&health, clock](const http::Request&) { return readiness(health, clock()); };
  handlers["/metrics"] = [&metrics](const http::Request&) {
    return http::Answer{200, "text/plain; version=0.0.4; charset=utf-8", metrics.text()};
  };
  return http::Server::start(*address, std::move(handlers));
}

}  // namespace farm::coordinator
