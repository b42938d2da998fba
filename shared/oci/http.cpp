#include "shared/oci/http.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <optional>
#include <utility>

#include <curl/curl.h>
#include <pthread.h>
#include <unistd.h>

namespace farm::oci {
namespace {

struct CloseEasy {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Easy = std::unique_ptr<CURL, CloseEasy>;

// One exchange, as libcurl's callbacks see it.
struct Exchange {
  const HttpRequest& request;
  HttpAnswer answer;
  CURL* handle = nullptr;
  std::size_t header_bytes = 0;
  std::uint64_t sent = 0;
  std::optional<Error> error;
};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* client) {
  auto& exchange = *static_cast<Exchange*>(client);
  const std::string_view line(data, size * count);
  exchange.header_bytes += line.size();
  if (exchange.header_bytes > kHeaderBytesMax) {
    exchange.error = Error{ErrorKind::Overloaded, "the answer's headers are longer than " + std::to_string(kHeaderBytesMax) + " bytes"};
    return 0;
  }
  if (line.starts_with("HTTP/")) exchange.answer.headers.clear();  // after a "100 Continue"
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  std::string& value = exchange.answer.headers[lower(line.substr(0, colon))];
  const std::string_view given = trimmed(line.substr(colon + 1));
  const bool joined = lower(line.substr(0, colon)) == "www-authenticate" && !value.empty();
  value = joined ? value + ", " + std::string(given) : std::string(given);
  return line.size();
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* client) {
  auto& exchange = *static_cast<Exchange*>(client);
  const std::string_view bytes(data, size * count);
  long status = 0;
  curl_easy_getinfo(exchange.handle, CURLINFO_RESPONSE_CODE, &status);
  if (exchange.request.sink && (status == 200 || status == 206)) {
    const Result<void> taken = exchange.request.sink(status, exchange.answer.headers, bytes);
    if (taken) return bytes.size();
    exchange.error = taken.error();
    return 0;
  }
  const std::size_t room = exchange.request.answer_bytes_max - exchange.answer.body.size();
  if (bytes.size() > room && status >= 200 && status < 300) {
    exchange.error = Error{ErrorKind::Overloaded,
                           "the answer is longer than the limit of " + std::to_string(exchange.request.answer_bytes_max) + " bytes"};
    return 0;
  }
  exchange.answer.body.append(bytes.substr(0, room));
  return bytes.size();
}

std::size_t on_send(char* to, std::size_t size, std::size_t count, void* client) {
  auto& exchange = *static_cast<Exchange*>(client);
  const HttpRequest& request = exchange.request;
  const std::uint64_t total = request.body_fd >= 0 ? request.body_bytes : request.body.size();
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size * count, total - exchange.sent));
  if (request.body_fd < 0) {
    std::copy_n(request.body.begin() + static_cast<std::ptrdiff_t>(exchange.sent), wanted, to);
    exchange.sent += wanted;
    return wanted;
  }
  ssize_t got = 0;
  do {
    got = wanted == 0 ? 0 : ::pread(request.body_fd, to, wanted, static_cast<off_t>(exchange.sent));
  } while (got < 0 && errno == EINTR);
  if (got < 0 || (got == 0 && wanted > 0)) {
    exchange.error = Error{ErrorKind::Conflict, "the file to send became shorter or unreadable while it was sent"};
    return CURL_READFUNC_ABORT;
  }
  exchange.sent += static_cast<std::uint64_t>(got);
  if (request.on_sent && !request.on_sent(exchange.sent)) {
    exchange.error = Error{ErrorKind::Cancelled, "cancelled"};
    return CURL_READFUNC_ABORT;
  }
  return static_cast<std::size_t>(got);
}

int on_seek(void* client, curl_off_t offset, int origin) {
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_FAIL;
  static_cast<Exchange*>(client)->sent = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

// libcurl with NOSIGNAL leaves SIGPIPE alone, and OpenSSL may raise it. It is held back in this thread only, so that
// neither the process's handlers nor its children are touched.
class NoSigpipe {
 public:
  NoSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;
  ~NoSigpipe() {
    const timespec at_once{};
    while (sigismember(&before_, SIGPIPE) == 0 && sigtimedwait(&pipe_, nullptr, &at_once) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_{};
  sigset_t before_{};
};

Error curl_error(CURLcode code, const char* detail) {
  std::string why = detail[0] != '\0' ? detail : curl_easy_strerror(code);
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return {ErrorKind::Timeout, why};
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return {ErrorKind::InvalidInput, why};
    case CURLE_WEIRD_SERVER_REPLY: return {ErrorKind::Corrupt, why};
    case CURLE_OUT_OF_MEMORY: return {ErrorKind::Internal, why};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE: why += "; set SSL_CERT_FILE to a bundle that holds the registry's CA"; break;
    default: break;
  }
  return {ErrorKind::Unavailable, why};
}

const char* ca_file() {
  for (const char* name : {"SSL_CERT_FILE", "CURL_CA_BUNDLE"}) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody in farm sets variables
    if (value != nullptr && value[0] != '\0') return value;
  }
  return nullptr;
}

void set_up_body(CURL* h, const HttpRequest& request) {
  const bool has_body = request.body_fd >= 0 || !request.body.empty() || request.method == "POST" || request.method == "PUT";
  if (request.method == "HEAD") {
    curl_easy_setopt(h, CURLOPT_NOBODY, 1L);
  } else if (has_body) {
    const std::uint64_t total = request.body_fd >= 0 ? request.body_bytes : request.body.size();
    curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(h, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(total));
  }
  if (request.method != "HEAD" && request.method != "GET") curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

}  // namespace

struct HttpPool::State {
  Options options;
  std::mutex mutex;
  std::vector<Easy> idle;

  Easy take() {
    const std::lock_guard lock(mutex);
    if (idle.empty()) return Easy(curl_easy_init());
    Easy handle = std::move(idle.back());
    idle.pop_back();
    return handle;
  }
  void give_back(Easy handle) {
    curl_easy_reset(handle.get());  // keeps the connections
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(handle));
  }
};

HttpPool::HttpPool(Options options) : state_(std::make_unique<State>()) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  state_->options = options;
}
HttpPool::~HttpPool() = default;

Result<HttpAnswer> HttpPool::exchange(const HttpRequest& request) {
  Easy handle = state_->take();
  CURL* h = handle.get();
  FARM_ASSERT(h != nullptr);
  Exchange exchange{request, {}, h, 0, 0, {}};
  char detail[CURL_ERROR_SIZE] = "";
  curl_slist* headers = curl_slist_append(nullptr, "Expect:");
  for (const std::string& header : request.headers) headers = curl_slist_append(headers, header.c_str());
  curl_easy_setopt(h, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(h, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(h, CURLOPT_USERAGENT, "farm/" FARM_VERSION);
  curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(h, CURLOPT_ERRORBUFFER, detail);
  curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(state_->options.connect_timeout.value));
  curl_easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(h, CURLOPT_LOW_SPEED_TIME, std::max(1L, static_cast<long>(state_->options.stall_timeout.value / 1000)));
  curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.value));
  curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(h, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(h, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(h, CURLOPT_READFUNCTION, on_send);
  curl_easy_setopt(h, CURLOPT_READDATA, &exchange);
  curl_easy_setopt(h, CURLOPT_SEEKFUNCTION, on_seek);
  curl_easy_setopt(h, CURLOPT_SEEKDATA, &exchange);
  curl_easy_setopt(h, CURLOPT_BUFFERSIZE, 256L << 10);
  curl_easy_setopt(h, CURLOPT_UPLOAD_BUFFERSIZE, 256L << 10);
  if (state_->options.direct) curl_easy_setopt(h, CURLOPT_NOPROXY, "*");
  if (const char* ca = ca_file(); ca != nullptr) curl_easy_setopt(h, CURLOPT_CAINFO, ca);
  set_up_body(h, request);
  CURLcode code = CURLE_OK;
  {
    const NoSigpipe quiet;
    code = curl_easy_perform(h);
  }
  curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &exchange.answer.status);
  curl_slist_free_all(headers);
  state_->give_back(std::move(handle));
  if (exchange.error) return *exchange.error;
  // A server that refuses an upload may answer and hang up before it has read all: the answer counts.
  if (code == CURLE_SEND_ERROR && exchange.answer.status >= 400) return std::move(exchange.answer);
  if (code != CURLE_OK) return curl_error(code, detail);
  return std::move(exchange.answer);
}

}  // namespace farm::oci
