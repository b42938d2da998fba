// Purpose: the user's registry logins, found as Docker finds them: config.json in $DOCKER_CONFIG or ~/.docker,
// `credHelpers`, `credsStore` (by running `docker-credential-X get`), `auths`. Secrets never appear in an Error or a
// log.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "shared/base/result.hpp"

namespace farm::oci {

struct Credentials {
  std::string user;
  std::string secret;          // password
  std::string identity_token;  // OAuth refresh token, where the store holds one instead of a password
};

class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  // Nothing where there is no login for that registry (that is normal: anonymous). Thread-safe.
  // Errors: InvalidInput (a broken config.json), Unavailable (the helper is missing), Timeout (it took over 30 s),
  // Overloaded (over 64 KiB).
  [[nodiscard]] virtual Result<std::optional<Credentials>> find(const std::string& registry) = 0;
};

// Reads config.json anew on each find(), so that a `docker login` in between counts. `config_dir` empty:
// $DOCKER_CONFIG, else $HOME/.docker.
std::shared_ptr<CredentialSource> docker_credentials(std::string config_dir = "");
std::shared_ptr<CredentialSource> no_credentials();
std::shared_ptr<CredentialSource> fixed_credentials(Credentials credentials);

}  // namespace farm::oci
