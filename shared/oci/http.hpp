// Purpose: one HTTP exchange over libcurl, with limits and timeouts, and without following redirects (the caller
// decides who gets the credentials). The only place that sees curl.h. Thread-safe; connections are kept per handle and
// used again. Internal to this folder.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/oci/registry_client.hpp"

namespace farm::oci {

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> headers;  // "Name: value"; may hold secrets
  // The body: text, or the first body_bytes of an open file (read from its start at each attempt).
  std::string_view body;
  int body_fd = -1;
  std::uint64_t body_bytes = 0;
  std::size_t answer_bytes_max = 64U << 10U;  // of an answer kept in memory
  // Where set, takes the body of an answer with 200 or 206. Called after the headers are in.
  std::function<Result<void>(long status, const std::map<std::string, std::string>& headers, std::string_view bytes)> sink;
  std::function<bool(std::uint64_t sent)> on_sent;  // false: cancel
  Millis timeout{0};                                // of the whole exchange; 0: only the stall timeout holds
};

struct HttpAnswer {
  long status = 0;
  std::map<std::string, std::string> headers;  // names in lower case; the last of several (www-authenticate: all, joined by ", ")
  std::string body;                            // at most answer_bytes_max; of an error answer, cut there
  [[nodiscard]] std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
  [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
};

class HttpPool {
 public:
  struct Options {
    Millis connect_timeout;
    Millis stall_timeout;
    bool direct = false;  // no proxy: loopback addresses
  };
  explicit HttpPool(Options options);
  ~HttpPool();
  HttpPool(const HttpPool&) = delete;
  HttpPool& operator=(const HttpPool&) = delete;

  // Any status is an answer. Errors: Unavailable (no connection, broken off), Timeout, Overloaded (a limit), Cancelled,
  // or the sink's own.
  Result<HttpAnswer> exchange(const HttpRequest& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct UrlParts {
  std::string scheme;
  std::string origin;  // scheme, host and port: who gets the credentials
};
// Error: Corrupt where it is no http or https URL.
Result<UrlParts> split_url(const std::string& url);
// `location` as seen from `base`.
Result<std::string> resolve_url(const std::string& base, const std::string& location);
std::string url_encode(std::string_view text);
std::string base64(std::string_view bytes);

}  // namespace farm::oci
