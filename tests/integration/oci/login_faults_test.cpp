// Token servers, redirects and who gets to see a login.
#include <gtest/gtest.h>

#include "shared/hash/sha256.hpp"
#include "shared/oci/registry_client.hpp"
#include "tests/integration/oci/fault_server.hpp"

namespace farm::oci {
namespace {

using test::answer;
using test::FaultServer;
using test::RawAnswer;
using test::SeenRequest;

constexpr const char* kBasicOfFarmer = "Basic ZmFybWVyOnNlY3JldC1wdw==";  // farmer:secret-pw

RegistryOptions as_farmer() {
  RegistryOptions options;
  options.credentials = fixed_credentials({"farmer", "secret-pw", ""});
  options.retry_wait = Millis{1};
  return options;
}

// A token server that gives "token-N" and counts.
struct TokenServer {
  explicit TokenServer(std::string answer_tail = R"(,"expires_in":300)")
      : server([tail = std::move(answer_tail)](const SeenRequest&, std::size_t number) {
          return answer(200, R"({"token":"token-)" + std::to_string(number) + "\"" + tail + "}");
        }) {}
  FaultServer server;
  [[nodiscard]] std::string challenge(const std::string& scope = "") const {
    return "WWW-Authenticate: Bearer realm=\"http://" + server.address() + "/token\",service=\"the registry\"" +
           (scope.empty() ? "" : ",scope=\"" + scope + "\"");
  }
};

FaultServer::Handler wants_bearer(const TokenServer& tokens, const std::string& accepted_from = "token-0") {
  return [&tokens, accepted_from](const SeenRequest& request, std::size_t) {
    const std::string given = request.header("authorization");
    const bool fine = given.starts_with("Bearer ") && given.substr(7) >= accepted_from;
    return fine ? answer(200) : answer(401, "", {tokens.challenge()});
  };
}

TEST(BearerLogin, ATokenIsFetchedWithTheLoginAndUsedAgain) {
  const TokenServer tokens;
  FaultServer registry(wants_bearer(tokens));
  RegistryClient client(registry.address(), as_farmer());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(*client.blob_exists("shop/api", sha256("x")));
  const std::vector<SeenRequest> asked = tokens.server.seen();
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].header("authorization"), kBasicOfFarmer);
  EXPECT_EQ(asked[0].target, "/token?service=the%20registry&scope=repository%3Ashop%2Fapi%3Apull&account=farmer");
  for (const SeenRequest& request : registry.seen()) EXPECT_NE(request.header("authorization"), kBasicOfFarmer);
  EXPECT_EQ(registry.seen().size(), 4U);
}

TEST(BearerLogin, WithoutALoginAnAnonymousTokenIsAskedFor) {
  const TokenServer tokens;
  FaultServer registry(wants_bearer(tokens));
  RegistryOptions options = as_farmer();
  options.credentials = no_credentials();
  EXPECT_TRUE(RegistryClient(registry.address(), options).blob_exists("r", sha256("x")));
  EXPECT_EQ(tokens.server.seen().at(0).header("authorization"), "");
}

TEST(BearerLogin, ScopesHaveTokensOfTheirOwn) {
  const TokenServer tokens;
  FaultServer registry(wants_bearer(tokens));
  RegistryClient client(registry.address(), as_farmer());
  EXPECT_TRUE(client.blob_exists("a", sha256("x")));
  EXPECT_TRUE(client.blob_exists("b", sha256("x")));
  EXPECT_EQ(tokens.server.seen().size(), 2U);
}

TEST(BearerLogin, ATokenAboutToRunOutIsFetchedAnew) {
  const TokenServer tokens(R"(,"expires_in":5)");
  FaultServer registry(wants_bearer(tokens));
  RegistryClient client(registry.address(), as_farmer());
  EXPECT_TRUE(client.blob_exists("r", sha256("x")));
  EXPECT_TRUE(client.blob_exists("r", sha256("x")));
  EXPECT_EQ(tokens.server.seen().size(), 2U);
}

TEST(BearerLogin, ATokenThatIsRefusedIsRenewedOnceAndThenDenied) {
  const TokenServer tokens;
  FaultServer registry([&tokens](const SeenRequest& request, std::size_t number) {
    // Takes the first token once, and the second from then on.
    const std::string given = request.header("authorization");
    const bool fine = (given == "Bearer token-0" && number < 2) || given == "Bearer token-1";
    return fine ? answer(200) : answer(401, "", {tokens.challenge()});
  });
  RegistryClient client(registry.address(), as_farmer());
  EXPECT_TRUE(client.blob_exists("r", sha256("x")));
  EXPECT_TRUE(client.blob_exists("r", sha256("x")));
  EXPECT_EQ(tokens.server.seen().size(), 2U);
  FaultServer never([&tokens](const SeenRequest&, std::size_t) { return answer(401, "", {tokens.challenge()}); });
  const Error error = RegistryClient(never.address(), as_farmer()).blob_exists("r", sha256("x")).error();
  EXPECT_EQ(error.kind, ErrorKind::Denied);
  EXPECT_NE(error.message.find("docker login"), std::string::npos);
  EXPECT_EQ(never.seen().size(), 2U);
}

TEST(BearerLogin, AnIdentityTokenGoesAsARefreshToken) {
  const TokenServer tokens;
  FaultServer registry(wants_bearer(tokens));
  RegistryOptions options = as_farmer();
  options.credentials = fixed_credentials({"<token>", "", "refresh/me"});
  EXPECT_TRUE(RegistryClient(registry.address(), options).blob_exists("r", sha256("x")));
  const SeenRequest asked = tokens.server.seen().at(0);
  EXPECT_EQ(asked.method, "POST");
  EXPECT_NE(asked.body.find("grant_type=refresh_token"), std::string::npos);
  EXPECT_NE(asked.body.find("refresh_token=refresh%2Fme"), std::string::npos);
}

TEST(BearerLogin, BadTokenAnswersAreErrorsWithoutSecrets) {
  struct Case {
    RawAnswer given;
    ErrorKind kind;
  };
  const std::vector<Case> cases = {{answer(200, std::string((256U << 10U) + 1, ' ')), ErrorKind::Overloaded},
                                   {answer(200, "{}"), ErrorKind::Corrupt},
                                   {answer(200, "nonsense"), ErrorKind::Corrupt},
                                   {answer(200, R"({"token":"a\r\nX-Evil: 1"})"), ErrorKind::Corrupt},
                                   {answer(401, R"({"details":"secret-pw"})"), ErrorKind::Denied},
                                   {answer(500), ErrorKind::Unavailable}};
  for (const auto& [given, kind] : cases) {
    FaultServer tokens([&given = given](const SeenRequest&, std::size_t) { return given; });
    FaultServer registry([&tokens](const SeenRequest&, std::size_t) {
      return answer(401, "", {"WWW-Authenticate: Bearer realm=\"http://" + tokens.address() + "/\""});
    });
    const Error error = RegistryClient(registry.address(), as_farmer()).blob_exists("r", sha256("x")).error();
    EXPECT_EQ(error.kind, kind) << error.message;
    EXPECT_EQ(error.message.find("secret-pw"), std::string::npos) << error.message;
    EXPECT_EQ(error.message.find("ZmFybWVy"), std::string::npos) << error.message;
  }
}

TEST(BearerLogin, AChallengeThatNamesNoUsableTokenServerIsRefused) {
  for (const std::string realm : {"", "ftp://x/", "file:///etc/passwd", "http://user:pw@127.0.0.1/", "://"}) {
    FaultServer registry(
        [&realm](const SeenRequest&, std::size_t) { return answer(401, "", {"WWW-Authenticate: Bearer realm=\"" + realm + "\""}); });
    EXPECT_FALSE(RegistryClient(registry.address(), as_farmer()).blob_exists("r", sha256("x"))) << realm;
  }
}

TEST(BasicLogin, IsSentOnlyAfterTheRegistryAskedAndThenAlways) {
  FaultServer registry([](const SeenRequest& request, std::size_t) {
    return request.header("authorization") == kBasicOfFarmer ? answer(200) : answer(401, "", {"WWW-Authenticate: Basic realm=\"farm\""});
  });
  RegistryClient client(registry.address(), as_farmer());
  EXPECT_TRUE(client.ping());
  EXPECT_TRUE(client.ping());
  ASSERT_EQ(registry.seen().size(), 3U);
  EXPECT_EQ(registry.seen()[0].header("authorization"), "");
  EXPECT_EQ(registry.seen()[2].header("authorization"), kBasicOfFarmer);
}

TEST(Redirects, AnotherHostGetsTheRequestButNotTheLogin) {
  FaultServer store([](const SeenRequest&, std::size_t) { return answer(200, "the blob"); });
  FaultServer registry([&store](const SeenRequest& request, std::size_t) {
    if (request.header("authorization") != kBasicOfFarmer) return answer(401, "", {"WWW-Authenticate: Basic realm=\"farm\""});
    return answer(307, "", {"Location: http://" + store.address() + "/signed?key=1"});
  });
  RegistryClient client(registry.address(), as_farmer());
  std::string bytes;
  const Result<std::uint64_t> pulled = client.pull_blob("r", sha256("the blob"), 100, [&bytes](std::string_view part) {
    bytes += part;
    return Result<void>();
  });
  ASSERT_TRUE(pulled) << pulled.error().message;
  EXPECT_EQ(bytes, "the blob");
  ASSERT_EQ(store.seen().size(), 1U);
  EXPECT_EQ(store.seen()[0].target, "/signed?key=1");
  EXPECT_EQ(store.seen()[0].header("authorization"), "");
}

TEST(Redirects, AnUploadLocationElsewhereGetsNoLoginEither) {
  FaultServer store([](const SeenRequest&, std::size_t) { return answer(201); });
  FaultServer registry([&store](const SeenRequest& request, std::size_t) {
    if (request.header("authorization") != kBasicOfFarmer) return answer(401, "", {"WWW-Authenticate: Basic realm=\"farm\""});
    return request.method == "HEAD" ? answer(404) : answer(202, "", {"Location: http://" + store.address() + "/up"});
  });
  EXPECT_TRUE(RegistryClient(registry.address(), as_farmer()).push_blob_bytes("r", sha256("x"), "x"));
  ASSERT_EQ(store.seen().size(), 1U);
  EXPECT_EQ(store.seen()[0].header("authorization"), "");
}

TEST(Redirects, ACircleOrABadTargetEnds) {
  FaultServer circle([](const SeenRequest&, std::size_t) { return answer(302, "", {"Location: /v2/"}); });
  EXPECT_EQ(RegistryClient(circle.address(), as_farmer()).ping().error().kind, ErrorKind::Corrupt);
  for (const std::string target : {"file:///etc/passwd", "gopher://x/", ""}) {
    FaultServer bad([&target](const SeenRequest&, std::size_t) { return answer(302, "", {"Location: " + target}); });
    EXPECT_EQ(RegistryClient(bad.address(), as_farmer()).ping().error().kind, ErrorKind::Corrupt) << target;
  }
}

}  // namespace
}  // namespace farm::oci
