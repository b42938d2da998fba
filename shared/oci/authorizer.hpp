// Purpose: what a registry wants to see in the Authorization header: nothing, Basic, or a Bearer token of its token
// server. Thread-safe. Tokens are cached per scope and fetched anew when they are about to run out or are refused.
// Internal to this folder.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "shared/oci/challenge.hpp"
#include "shared/oci/http.hpp"

namespace farm::oci {

struct Scope {
  std::string repository;
  std::string actions;  // "pull", "pull,push", "delete"
  [[nodiscard]] std::string text() const { return repository.empty() ? "" : "repository:" + repository + ":" + actions; }
};

class Authorizer {
 public:
  // `http` must outlive this. `plain`: the registry is spoken to over http, so its token server may be too.
  Authorizer(std::string registry, bool plain, std::shared_ptr<CredentialSource> credentials, HttpPool& http, Millis answer_timeout);

  // The header ("Authorization: …") for a scope as known so far; empty where nothing is known (the first request, or
  // anonymous).
  std::string header(const Scope& scope);
  // After a 401: learns from the challenge. `used` is the header that was refused. The new header; Denied where there
  // is nothing better to offer.
  Result<std::string> answer(const Scope& scope, const std::string& www_authenticate, const std::string& used);
  // The error for a refusal that no other header can change.
  [[nodiscard]] Error denied(const Scope& scope, long status) const;

 private:
  struct Token {
    std::string header;
    std::chrono::steady_clock::time_point good_until;
  };
  Result<Token> fetch_token(const Challenge& challenge, const Scope& scope, const std::optional<Credentials>& credentials);
  Result<Token> read_token(const HttpAnswer& answer, const std::string& realm, const Scope& scope) const;

  const std::string registry_;
  const bool plain_;
  const std::shared_ptr<CredentialSource> credentials_;
  HttpPool& http_;
  const Millis answer_timeout_;
  std::mutex mutex_;
  std::string basic_;                    // once the registry has asked for Basic
  std::map<std::string, Token> tokens_;  // by scope; bounded by kTokensMax
};

}  // namespace farm::oci
