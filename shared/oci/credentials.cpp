#include "shared/oci/credentials.hpp"

#include <array>
#include <cstdlib>
#include <utility>

#include "shared/oci/helper.hpp"
#include "shared/oci/json.hpp"
#include "shared/snapshot/disk_tree.hpp"

namespace farm::oci {
namespace {

using nlohmann::json;

constexpr std::size_t kConfigBytesMax = 1U << 20U;
constexpr std::size_t kSecretBytesMax = 64U << 10U;
constexpr Millis kHelperTimeout{30'000};
constexpr const char* kDockerHubKey = "https://index.docker.io/v1/";

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody in farm sets variables
  return value != nullptr ? value : "";
}

// The key under which Docker keeps a registry's login.
std::string store_key(const std::string& registry) { return registry == "docker.io" ? kDockerHubKey : registry; }

// "https://host/v1/" → "host": old config files hold addresses in several forms.
std::string host_of(std::string key) {
  if (const std::size_t scheme = key.find("://"); scheme != std::string::npos) key = key.substr(scheme + 3);
  key = key.substr(0, key.find('/'));
  return key == "index.docker.io" || key == "registry-1.docker.io" ? "docker.io" : key;
}

std::optional<std::string> decode_base64(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int have = 0;
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (const char c : text) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    have += 6;
    if (have >= 8) {
      have -= 8;
      bytes += static_cast<char>((bits >> static_cast<unsigned>(have)) & 0xFFU);
    }
  }
  return bytes;
}

Result<std::optional<Credentials>> from_entry(const json& entry, const std::string& registry, const std::string& file) {
  Credentials found;
  found.user = text_member(entry, "username", kSecretBytesMax);
  found.secret = text_member(entry, "password", kSecretBytesMax);
  found.identity_token = text_member(entry, "identitytoken", kSecretBytesMax);
  const std::string auth = text_member(entry, "auth", kSecretBytesMax);
  if (!auth.empty()) {
    const std::optional<std::string> decoded = decode_base64(auth);
    const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
    if (colon == std::string::npos) {
      return Error{ErrorKind::InvalidInput,
                   file + ": the login of " + registry + " can't be read; run `docker login " + registry + "` again"};
    }
    found.user = decoded->substr(0, colon);
    found.secret = decoded->substr(colon + 1);
    while (!found.secret.empty() && found.secret.back() == '\0') found.secret.pop_back();
  }
  if (found.secret.empty() && found.identity_token.empty()) return std::optional<Credentials>();
  return std::optional<Credentials>(std::move(found));
}

bool safe_helper_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 &&
         name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == std::string::npos;
}

Result<std::optional<Credentials>> from_helper(const std::string& name, const std::string& registry, const std::string& file) {
  if (!safe_helper_name(name))
    return Error{ErrorKind::InvalidInput, file + ": '" + name.substr(0, 64) + "' is no name of a credential helper"};
  const std::string program = "docker-credential-" + name;
  const Result<HelperAnswer> answer = run_helper(program, store_key(registry), kSecretBytesMax, kHelperTimeout);
  if (!answer) return answer.error();
  // Docker's protocol: a helper without that login ends with 1 and this text.
  if (answer->exit_code != 0 && answer->output.find("credentials not found") != std::string::npos) return std::optional<Credentials>();
  if (answer->exit_code != 0) {
    return Error{ErrorKind::Unavailable, "running " + program + " for " + registry + ": it ended with " +
                                             std::to_string(answer->exit_code) + "; check that it works, or run `docker login " + registry +
                                             "`"};
  }
  const Result<json> parsed = parse_json(answer->output, kSecretBytesMax, "reading the answer of " + program);
  if (!parsed) return parsed.error();
  Credentials found;
  found.user = text_member(*parsed, "Username", kSecretBytesMax);
  found.secret = text_member(*parsed, "Secret", kSecretBytesMax);
  if (found.user == "<token>") found.identity_token = std::exchange(found.secret, "");
  if (found.secret.empty() && found.identity_token.empty()) return std::optional<Credentials>();
  return std::optional<Credentials>(std::move(found));
}

class DockerCredentials final : public CredentialSource {
 public:
  explicit DockerCredentials(std::string directory) : directory_(std::move(directory)) {}

  Result<std::optional<Credentials>> find(const std::string& registry) override {
    std::string directory = directory_.empty() ? environment("DOCKER_CONFIG") : directory_;
    if (directory.empty() && !environment("HOME").empty()) directory = environment("HOME") + "/.docker";
    if (directory.empty()) return std::optional<Credentials>();
    const std::string file = directory + "/config.json";
    const Result<std::string> text = read_config(directory);
    if (!text && text.error().kind == ErrorKind::NotFound) return std::optional<Credentials>();
    if (!text) return text.error().with("reading " + file);
    Result<json> config = parse_json(*text, kConfigBytesMax, "reading " + file);
    if (!config) return Error{ErrorKind::InvalidInput, config.error().message + "; repair it or run `docker login` again"};
    return in_config(*config, registry, file);
  }

 private:
  // config.json is often a link to elsewhere (dotfiles), which a DiskTree of its directory would refuse: so the tree is
  // the whole disk.
  static Result<std::string> read_config(const std::string& directory) {
    const DiskTree at(directory);
    if (at.root().empty()) return Error{ErrorKind::NotFound, "no such directory"};
    return DiskTree("/").read(at.root().substr(1) + "/config.json", kConfigBytesMax);
  }

  static Result<std::optional<Credentials>> in_config(const json& config, const std::string& registry, const std::string& file) {
    if (const json* helpers = member(config, "credHelpers"); helpers != nullptr) {
      std::string helper = text_member(*helpers, registry.c_str(), kSecretBytesMax);
      if (helper.empty()) helper = text_member(*helpers, store_key(registry).c_str(), kSecretBytesMax);
      if (!helper.empty()) return from_helper(helper, registry, file);
    }
    if (const std::string store = text_member(config, "credsStore", kSecretBytesMax); !store.empty()) {
      return from_helper(store, registry, file);
    }
    const json* auths = member(config, "auths");
    if (auths == nullptr || !auths->is_object()) return std::optional<Credentials>();
    if (const json* exact = member(*auths, store_key(registry).c_str()); exact != nullptr) return from_entry(*exact, registry, file);
    for (const auto& [key, entry] : auths->items()) {
      if (host_of(key) == registry) return from_entry(entry, registry, file);
    }
    return std::optional<Credentials>();
  }

  std::string directory_;
};

class FixedCredentials final : public CredentialSource {
 public:
  explicit FixedCredentials(std::optional<Credentials> credentials) : credentials_(std::move(credentials)) {}
  Result<std::optional<Credentials>> find(const std::string&) override { return credentials_; }

 private:
  std::optional<Credentials> credentials_;
};

}  // namespace

std::shared_ptr<CredentialSource> docker_credentials(std::string config_dir) {
  return std::make_shared<DockerCredentials>(std::move(config_dir));
}
std::shared_ptr<CredentialSource> no_credentials() { return std::make_shared<FixedCredentials>(std::nullopt); }
std::shared_ptr<CredentialSource> fixed_credentials(Credentials credentials) {
  return std::make_shared<FixedCredentials>(std::move(credentials));
}

}  // namespace farm::oci
