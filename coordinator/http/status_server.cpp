#include "coordinator/http/status_server.hpp"

#include <charconv>
#include <utility>

#include "coordinator/http/action_desk.hpp"
#include "coordinator/http/actions.hpp"
#include "coordinator/http/api.hpp"
#include "coordinator/http/console_files.hpp"
#include "coordinator/http/host_check.hpp"

namespace farm::coordinator {
namespace {

constexpr const char* kContentPolicy =
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

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

http::Answer refuse(int status, const std::string& path) {
  const std::string shown = path.substr(0, kWordBytesMax);
  switch (status) {
    case 404: return error_answer(status, {ErrorKind::NotFound, "there is no " + shown});
    case 405: return error_answer(status, {ErrorKind::InvalidInput, shown + " does not know this method"});
    case 413:
    case 414: return error_answer(status, {ErrorKind::InvalidInput, "the request is too long"});
    case 503: return error_answer(status, {ErrorKind::Overloaded, "too many event streams are open; close some, or try again later"});
    case 500: return error_answer(status, {ErrorKind::Internal, "the coordinator failed to answer; its log may say why"});
    default: return error_answer(status, {ErrorKind::InvalidInput, "this is no request that HTTP/1.1 allows"});
  }
}

http::Answer only_by_post(const std::string& path) {
  http::Answer answer = refuse(405, path);
  answer.headers.emplace_back("Allow", "POST");
  return answer;
}

// What keeps a request from its handler.
http::Gate gate_of(std::shared_ptr<const HostCheck> hosts, metrics::Metrics& metrics) {
  return [hosts = std::move(hosts), &metrics](const http::Request& request) -> std::optional<http::Answer> {
    constexpr int kMisdirected = 421;
    const std::string& path = request.path;
    if (path == "/healthz" || path == "/readyz" || path == "/metrics") return std::nullopt;
    const Result<void> known = hosts->host(request.host);
    if (known) return std::nullopt;
    metrics.count(metrics::Metric::HttpDenied, {"host"});
    return error_answer(kMisdirected, known.error());
  };
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

Result<std::unique_ptr<http::Server>> start_status_server(const StatusServerOptions& options, const Served& served, Instant (*clock)()) {
  Result<http::ServerOptions> server = read_address(options.listen);
  if (!server) return server.error();
  std::vector<std::string> own = names_of_this_machine();
  own.push_back(server->host);  // as it was told to listen
  const auto hosts = std::make_shared<const HostCheck>(own, options.hosts);
  server->threads += kActionsMax;  // these wait for the loop
  server->streams_max = kApiStreamsMax;
  server->gate = gate_of(hosts, served.metrics);
  server->post = [hosts, actions = Actions(*hosts, served.callers, served.desk, served.metrics)](const http::Request& request) mutable {
    return actions.answer(request);
  };
  server->refusal = refuse;
  server->headers = {{"X-Content-Type-Options", "nosniff"},
                     {"Content-Security-Policy", kContentPolicy},
                     {"Referrer-Policy", "no-referrer"},
                     {"X-Frame-Options", "DENY"}};
  std::map<std::string, http::Handler> handlers;
  handlers["/healthz"] = [](const http::Request&) { return http::Answer{200, "text/plain; charset=utf-8", "alive\n"}; };
  handlers["/readyz"] = [&health = served.health, clock](const http::Request&) { return readiness(health, clock()); };
  handlers["/metrics"] = [&metrics = served.metrics](const http::Request&) {
    return http::Answer{200, "text/plain; version=0.0.4; charset=utf-8", metrics.text()};
  };
  const auto other = [&api = served.api, console = ConsoleFiles(options.console_dir)](const http::Request& request) {
    if (read_action(request.path)) return only_by_post(request.path);
    return request.path.starts_with("/api/") ? api.answer(request) : console.answer(request.path);
  };
  return http::Server::start(*server, std::move(handlers), other);
}

}  // namespace farm::coordinator
