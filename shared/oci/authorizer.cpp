#include "shared/oci/authorizer.hpp"

#include <algorithm>
#include <utility>

#include "shared/oci/json.hpp"

namespace farm::oci {
namespace {

constexpr std::size_t kTokensMax = 1'000;
constexpr std::size_t kTokenBytesMax = 64U << 10U;
constexpr std::int64_t kTokenSecondsDefault = 60;  // where the answer names no time: Docker's rule
constexpr std::int64_t kTokenSecondsMax = 3600;
constexpr std::int64_t kTokenSecondsLeft = 10;  // a token with less left is not used

bool clean(const std::string& secret) {
  return std::all_of(secret.begin(), secret.end(), [](unsigned char c) { return c >= 32 && c != 127; });
}

const Challenge* find_scheme(const std::vector<Challenge>& challenges, std::string_view scheme) {
  for (const Challenge& challenge : challenges) {
    if (challenge.scheme == scheme) return &challenge;
  }
  return nullptr;
}

std::string param(const Challenge& challenge, const std::string& name) {
  const auto found = challenge.params.find(name);
  return found == challenge.params.end() ? "" : found->second;
}

}  // namespace

Authorizer::Authorizer(std::string registry, bool plain, std::shared_ptr<CredentialSource> credentials, HttpPool& http,
                       Millis answer_timeout)
    : registry_(std::move(registry)), plain_(plain), credentials_(std::move(credentials)), http_(http), answer_timeout_(answer_timeout) {}

std::string Authorizer::header(const Scope& scope) {
  const std::lock_guard lock(mutex_);
  if (!basic_.empty()) return basic_;
  const auto found = tokens_.find(scope.text());
  if (found == tokens_.end()) return "";
  if (found->second.good_until > std::chrono::steady_clock::now()) return found->second.header;
  tokens_.erase(found);
  return "";
}

Error Authorizer::denied(const Scope& scope, long status) const {
  const std::string what = scope.repository.empty() ? "" : " (" + scope.actions + " of " + scope.repository + ")";
  return {ErrorKind::Denied, "the registry " + registry_ + " answered " + std::to_string(status) + what + ": run `docker login " +
                                 registry_ + "` with a user that may do this"};
}

Result<std::string> Authorizer::answer(const Scope& scope, const std::string& www_authenticate, const std::string& used) {
  {
    // Another thread may have been quicker.
    const std::lock_guard lock(mutex_);
    const auto found = tokens_.find(scope.text());
    if (found != tokens_.end() && found->second.header != used) return found->second.header;
    if (found != tokens_.end()) tokens_.erase(found);
    if (!basic_.empty() && basic_ == used) basic_.clear();
  }
  const std::vector<Challenge> challenges = parse_challenges(www_authenticate);
  const Challenge* bearer = find_scheme(challenges, "bearer");
  const Challenge* basic = find_scheme(challenges, "basic");
  if (bearer == nullptr && basic == nullptr) return denied(scope, 401);
  const Result<std::optional<Credentials>> credentials = credentials_->find(registry_);
  if (!credentials) return credentials.error().with("finding the login of the registry " + registry_);
  if (bearer != nullptr) {
    Result<Token> token = fetch_token(*bearer, scope, *credentials);
    if (!token) return token.error();
    if (token->header == used) return denied(scope, 401);
    const std::lock_guard lock(mutex_);
    if (tokens_.size() >= kTokensMax) tokens_.clear();
    return (tokens_[scope.text()] = *std::move(token)).header;
  }
  if (!*credentials || (*credentials)->secret.empty()) return denied(scope, 401);
  std::string header = "Authorization: Basic " + base64((*credentials)->user + ":" + (*credentials)->secret);
  if (header == used) return denied(scope, 401);
  const std::lock_guard lock(mutex_);
  basic_ = header;
  return header;
}

Result<Authorizer::Token> Authorizer::fetch_token(const Challenge& challenge, const Scope& scope,
                                                  const std::optional<Credentials>& credentials) {
  const std::string realm = param(challenge, "realm");
  const Result<UrlParts> parts = split_url(realm);
  if (!parts) return parts.error().with("the token server that the registry " + registry_ + " names");
  if (parts->scheme != "https" && !plain_) {
    return Error{ErrorKind::Denied, "the registry " + registry_ + " names a token server without TLS (" + parts->origin + "): refused"};
  }
  const std::string wanted = param(challenge, "scope").empty() ? scope.text() : param(challenge, "scope");
  std::string query = "service=" + url_encode(param(challenge, "service"));
  if (!wanted.empty()) query += "&scope=" + url_encode(wanted);
  HttpRequest request;
  request.timeout = answer_timeout_;
  request.answer_bytes_max = kTokenAnswerBytesMax;
  std::string form;
  if (credentials && !credentials->identity_token.empty()) {
    form = query + "&client_id=farm&grant_type=refresh_token&refresh_token=" + url_encode(credentials->identity_token);
    request.method = "POST";
    request.url = realm;
    request.headers = {"Content-Type: application/x-www-form-urlencoded"};
    request.body = form;
  } else {
    if (credentials) query += "&account=" + url_encode(credentials->user);
    request.url = realm + (realm.find('?') == std::string::npos ? "?" : "&") + query;
    if (credentials) request.headers = {"Authorization: Basic " + base64(credentials->user + ":" + credentials->secret)};
  }
  const Result<HttpAnswer> answer = http_.exchange(request);
  if (!answer) return answer.error().with("asking " + parts->origin + " for a token of the registry " + registry_);
  return read_token(*answer, parts->origin, scope);
}

Result<Authorizer::Token> Authorizer::read_token(const HttpAnswer& answer, const std::string& realm, const Scope& scope) const {
  const std::string doing = "asking " + realm + " for a token of the registry " + registry_;
  if (answer.status == 401 || answer.status == 403 || answer.status == 400) return denied(scope, answer.status);
  if (!answer.ok()) return Error{ErrorKind::Unavailable, doing + ": it answered " + std::to_string(answer.status)};
  const Result<nlohmann::json> parsed = parse_json(answer.body, kTokenAnswerBytesMax, doing);
  if (!parsed) return parsed.error();
  std::string token = text_member(*parsed, "token", kTokenBytesMax);
  if (token.empty()) token = text_member(*parsed, "access_token", kTokenBytesMax);
  if (token.empty() || !clean(token)) return Error{ErrorKind::Corrupt, doing + ": the answer holds no token"};
  std::int64_t seconds = kTokenSecondsDefault;
  if (const nlohmann::json* given = member(*parsed, "expires_in"); given != nullptr && given->is_number_integer()) {
    seconds = std::clamp<std::int64_t>(given->get<std::int64_t>(), 0, kTokenSecondsMax);
  }
  const auto good_for = std::chrono::seconds(std::max<std::int64_t>(seconds - kTokenSecondsLeft, 0));
  return Token{"Authorization: Bearer " + token, std::chrono::steady_clock::now() + good_for};
}

}  // namespace farm::oci
