// Purpose: what the calls of RegistryClient share: addresses, logins, redirects, retries and errors. Internal to this
// folder.
#pragma once

#include <string>

#include "shared/oci/authorizer.hpp"
#include "shared/oci/http.hpp"
#include "shared/oci/registry_client.hpp"

namespace farm::oci {

struct RegistryClient::Impl {
  Impl(std::string registry_address, RegistryOptions registry_options);

  // One request with login and redirects; any status but those is an answer. Credentials go to the registry's own
  // origin only.
  Result<HttpAnswer> send(const HttpRequest& request, const Scope& scope);
  // send() with retries, for requests whose repetition is harmless. After the last attempt the answer or error is the
  // last one's.
  Result<HttpAnswer> call(const HttpRequest& request, const Scope& scope);

  // "http://host:port/v2/" + path
  [[nodiscard]] std::string url(const std::string& path) const { return base + "/v2/" + path; }
  [[nodiscard]] HttpRequest request(const std::string& method, const std::string& path) const;
  void wait_before(std::uint32_t attempt) const;

  // What an answer that is no success means. `doing`: "pushing blob sha256:… to farm/deps".
  [[nodiscard]] Error failure(const HttpAnswer& answer, const std::string& doing, const Scope& scope) const;
  // The transport's error with the address and what to do.
  [[nodiscard]] Error unreachable(const Error& error) const;

  const std::string address;
  const RegistryOptions options;
  const bool plain;
  const std::string base;
  const std::string origin;
  HttpPool http;
  Authorizer authorizer;
};

// True where the same request may succeed a little later.
bool worth_a_retry(const Result<HttpAnswer>& answer);
// The registry says that its disk is full.
bool disk_is_full(const HttpAnswer& answer);

// Ok, or InvalidInput: nothing from outside reaches a URL unchecked.
Result<void> check_repository(const std::string& repository);
Result<void> check_reference(const std::string& reference);

}  // namespace farm::oci
