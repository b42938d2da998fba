#include "coordinator/http/callers.hpp"

#include <utility>

#include "coordinator/http/api.hpp"

namespace farm::coordinator {
namespace {

constexpr std::string_view kScheme = "bearer ";
constexpr const char* kHowToGetOne =
    "; `farmctl keys token add NAME --role client` makes one for the coordinator's key book, send it as `Authorization: Bearer TOKEN`";

// Empty: there is none. The scheme's case does not matter (RFC 9110).
std::string_view token_of(std::string_view authorization) {
  if (authorization.size() <= kScheme.size()) return {};
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    const char c = authorization[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != kScheme[i]) return {};
  }
  return authorization.substr(kScheme.size());
}

}  // namespace

void Callers::book_is(net::KeyBook book) {
  auto next = std::make_shared<const net::KeyBook>(std::move(book));
  const std::scoped_lock lock(mutex_);
  book_ = std::move(next);
  ++count_;
}

std::uint64_t Callers::book() const {
  const std::scoped_lock lock(mutex_);
  return count_;
}

Result<net::KeyOwner> Callers::caller(std::string_view authorization) const {
  const std::string_view token = token_of(authorization);
  if (token.empty()) metrics_.count(metrics::Metric::HttpDenied, {"no_token"});
  if (token.empty()) return Error{ErrorKind::Denied, std::string("this needs a token") + kHowToGetOne};
  std::shared_ptr<const net::KeyBook> book;
  {
    const std::scoped_lock lock(mutex_);
    book = book_;
  }
  if (const net::KeyOwner* owner = book->by_token(token)) return *owner;
  metrics_.count(metrics::Metric::HttpDenied, {"wrong_token"});
  return Error{ErrorKind::Denied, std::string("this token is not in the coordinator's key book, or not any more") + kHowToGetOne};
}

http::Answer who_are_you(const Error& error) {
  constexpr int kUnauthorized = 401;
  http::Answer answer = error_answer(kUnauthorized, error);
  answer.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"farm\"");
  return answer;
}

}  // namespace farm::coordinator
