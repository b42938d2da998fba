#include "shared/oci/registry_impl.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "shared/oci/json.hpp"

namespace farm::oci {
namespace {

constexpr int kRedirectsMax = 5;
constexpr std::size_t kReasonBytesMax = 300;
constexpr const char* kDockerHubHost = "registry-1.docker.io";

bool is_redirect(long status) { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }

bool speaks_plain_http(const std::string& address, const RegistryOptions& options) {
  return is_loopback(address) || options.hosts.insecure.contains(address) ||
         options.hosts.insecure.contains(address.substr(0, address.rfind(':')));
}

std::string origin_of(const std::string& url) {
  const Result<UrlParts> parts = split_url(url);
  return parts ? parts->origin : "";
}

// What the registry says, made fit for a terminal.
std::string reason_of(const HttpAnswer& answer) {
  std::string text;
  const Result<nlohmann::json> parsed = parse_json(answer.body, answer.body.size(), "");
  const nlohmann::json* errors = parsed ? member(*parsed, "errors") : nullptr;
  if (errors != nullptr && errors->is_array() && !errors->empty()) {
    text = text_member(errors->front(), "code", kReasonBytesMax) + " " + text_member(errors->front(), "message", kReasonBytesMax);
  } else {
    text = answer.body.substr(0, kReasonBytesMax);
  }
  std::erase_if(text, [](unsigned char c) { return c < 32 || c == 127; });
  return text.empty() || text == " " ? "" : ": " + text;
}

}  // namespace

RegistryClient::Impl::Impl(std::string registry_address, RegistryOptions registry_options)
    : address(std::move(registry_address)),
      options(std::move(registry_options)),
      plain(speaks_plain_http(address, options)),
      base((plain ? "http://" : "https://") + (address == "docker.io" ? kDockerHubHost : address)),
      origin(origin_of(base)),
      http({options.connect_timeout, options.stall_timeout, is_loopback(address)}),
      authorizer(address, plain, options.credentials ? options.credentials : docker_credentials(), http, options.answer_timeout) {}

HttpRequest RegistryClient::Impl::request(const std::string& method, const std::string& path) const {
  HttpRequest made;
  made.method = method;
  made.url = url(path);
  made.timeout = options.answer_timeout;
  return made;
}

Result<HttpAnswer> RegistryClient::Impl::send(const HttpRequest& wanted, const Scope& scope) {
  if (origin.empty()) return Error{ErrorKind::InvalidInput, "'" + address.substr(0, 200) + "' is no registry address (host or host:port)"};
  HttpRequest request = wanted;
  std::string authorization = authorizer.header(scope);
  bool answered = false;
  for (int hops = 0; hops <= kRedirectsMax;) {
    const Result<UrlParts> to = split_url(request.url);
    if (!to) return to.error();
    if (to->scheme == "http" && !plain) {
      return Error{ErrorKind::Denied, "the registry " + address + " redirects to an address without TLS (" + to->origin + "): refused"};
    }
    const bool at_home = to->origin == origin;
    request.headers = wanted.headers;
    if (at_home && !authorization.empty()) request.headers.push_back(authorization);
    Result<HttpAnswer> answer = http.exchange(request);
    if (!answer) return is_retryable(answer.error().kind) ? unreachable(answer.error()) : answer.error();
    if (answer->status == 401 && at_home && !answered) {
      answered = true;
      const Result<std::string> better = authorizer.answer(scope, answer->header("www-authenticate"), authorization);
      if (!better) return better.error();
      authorization = *better;
      continue;
    }
    const bool follows = is_redirect(answer->status) && (request.method == "GET" || request.method == "HEAD");
    if (!follows) return answer;
    const Result<std::string> next = resolve_url(request.url, answer->header("location"));
    if (!next) return next.error().with("following a redirect of the registry " + address);
    request.url = *next;
    ++hops;
  }
  return Error{ErrorKind::Corrupt, "the registry " + address + " redirects in a circle"};
}

bool worth_a_retry(const Result<HttpAnswer>& answer) {
  if (!answer) return answer.error().kind == ErrorKind::Unavailable || answer.error().kind == ErrorKind::Timeout;
  return (answer->status >= 500 && answer->status != 501 && answer->status != 507 && !disk_is_full(*answer)) || answer->status == 429;
}

bool disk_is_full(const HttpAnswer& answer) {
  if (answer.status == 507) return true;
  // docker-registry answers 500 and puts errno (28: ENOSPC, 122: EDQUOT) of its file system into the detail.
  return answer.status >= 500 &&
         (answer.body.find("no space left") != std::string::npos || answer.body.find("\"Err\":28") != std::string::npos ||
          answer.body.find("\"Err\":122") != std::string::npos);
}

void RegistryClient::Impl::wait_before(std::uint32_t attempt) const {
  std::this_thread::sleep_for(std::chrono::milliseconds(options.retry_wait.value << std::min(attempt - 1, 6U)));
}

Result<HttpAnswer> RegistryClient::Impl::call(const HttpRequest& request, const Scope& scope) {
  for (std::uint32_t attempt = 1;; ++attempt) {
    Result<HttpAnswer> answer = send(request, scope);
    if (!worth_a_retry(answer) || attempt >= options.attempts_max) return answer;
    wait_before(attempt);
  }
}

Error RegistryClient::Impl::unreachable(const Error& error) const {
  return {error.kind,
          "the registry at " + address + " can't be reached (" + error.message + "); check that it runs and that the address is right"};
}

Error RegistryClient::Impl::failure(const HttpAnswer& answer, const std::string& doing, const Scope& scope) const {
  const std::string said = doing + ": the registry " + address + " answered " + std::to_string(answer.status) + reason_of(answer);
  if (answer.status == 401 || answer.status == 403) return authorizer.denied(scope, answer.status).with(doing);
  if (answer.status == 404) return {ErrorKind::NotFound, said};
  if (answer.status == 429) return {ErrorKind::Overloaded, said + "; too many requests: log in, use a mirror, or try later"};
  if (answer.status == 413) return {ErrorKind::Overloaded, said + "; it does not take anything so large"};
  if (disk_is_full(answer))
    return {ErrorKind::Overloaded, said + "; its disk is full: make room there (delete old images and collect garbage)"};
  if (answer.status >= 500) return {ErrorKind::Unavailable, said + "; see the registry's log"};
  if (answer.status == 405) return {ErrorKind::Unsupported, said + "; it does not allow this"};
  if (answer.status == 400 && answer.body.find("DIGEST_INVALID") != std::string::npos) return {ErrorKind::Corrupt, said};
  if (answer.status >= 400) return {ErrorKind::InvalidInput, said};
  return {ErrorKind::Corrupt, said + "; that is not what a registry answers: check the address"};
}

Result<void> check_repository(const std::string& repository) {
  if (valid_repository(repository)) return {};
  return Error{ErrorKind::InvalidInput, "'" + repository.substr(0, 200) + "' is no repository name"};
}

Result<void> check_reference(const std::string& reference) {
  if (valid_tag(reference) || (reference.starts_with("sha256:") && parse_digest(reference))) return {};
  return Error{ErrorKind::InvalidInput, "'" + reference.substr(0, 200) + "' is neither a tag nor a digest"};
}

}  // namespace farm::oci
