// What a broken or hostile registry can do, and what the client makes of it.
#include <gtest/gtest.h>

#include "shared/hash/sha256.hpp"
#include "shared/oci/manifest.hpp"
#include "shared/oci/registry_client.hpp"
#include "tests/integration/oci/fault_server.hpp"
#include "tests/support/temp_dir.hpp"

namespace farm::oci {
namespace {

using test::answer;
using test::broken_answer;
using test::FaultServer;
using test::RawAnswer;
using test::SeenRequest;
using test::TempDir;

RegistryOptions quick() {
  RegistryOptions options;
  options.credentials = no_credentials();
  options.retry_wait = Millis{1};
  options.stall_timeout = Millis{1'000};
  options.answer_timeout = Millis{5'000};
  return options;
}

Result<std::string> pulled(RegistryClient& client, const Digest& digest, std::uint64_t bytes_max = 1'000'000) {
  std::string all;
  const Result<std::uint64_t> done = client.pull_blob("r", digest, bytes_max, [&all](std::string_view bytes) {
    all += bytes;
    return Result<void>();
  });
  if (!done) return done.error();
  return all;
}

TEST(RegistryFaults, AFailingRegistryIsAskedAgainAndThenUnavailable) {
  FaultServer twice([](const SeenRequest&, std::size_t number) { return answer(number < 2 ? 503 : 200); });
  EXPECT_TRUE(RegistryClient(twice.address(), quick()).ping());
  EXPECT_EQ(twice.seen().size(), 3U);
  FaultServer always([](const SeenRequest&, std::size_t) { return answer(500, R"({"errors":[{"code":"UNKNOWN","message":"broken"}]})"); });
  const Error error = RegistryClient(always.address(), quick()).ping().error();
  EXPECT_EQ(error.kind, ErrorKind::Unavailable);
  EXPECT_NE(error.message.find("UNKNOWN broken"), std::string::npos) << error.message;
  EXPECT_EQ(always.seen().size(), 3U);
}

TEST(RegistryFaults, ConnectionsAreKept) {
  FaultServer server([](const SeenRequest&, std::size_t) { return answer(200); });
  RegistryClient client(server.address(), quick());
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(client.ping());
  EXPECT_EQ(server.connections(), 1U);
}

TEST(RegistryFaults, ABrokenPullGoesOnWhereItBroke) {
  const std::string blob(100'000, 'b');
  FaultServer server([&blob](const SeenRequest& request, std::size_t number) {
    if (number == 0) return broken_answer(200, blob, 60'000);
    const std::string range = request.header("range");
    EXPECT_TRUE(range.starts_with("bytes=") && range.ends_with("-")) << range;
    const std::size_t from = std::stoul(range.substr(6));
    return answer(206, blob.substr(from), {"Content-Range: bytes " + std::to_string(from) + "-99999/100000"});
  });
  RegistryClient client(server.address(), quick());
  EXPECT_EQ(*pulled(client, sha256(blob)), blob);
  EXPECT_EQ(server.seen().size(), 2U);
}

TEST(RegistryFaults, AServerThatIgnoresRangesIsReadAgainWithoutDoublingBytes) {
  const std::string blob = std::string(50'000, 'a') + std::string(50'000, 'b');
  FaultServer server(
      [&blob](const SeenRequest&, std::size_t number) { return number == 0 ? broken_answer(200, blob, 60'000) : answer(200, blob); });
  RegistryClient client(server.address(), quick());
  EXPECT_EQ(*pulled(client, sha256(blob)), blob);
}

TEST(RegistryFaults, AServerThatGoesOnElsewhereIsCorrupt) {
  const std::string blob(100'000, 'b');
  FaultServer server([&blob](const SeenRequest&, std::size_t number) {
    return number == 0 ? broken_answer(200, blob, 60'000) : answer(206, blob, {"Content-Range: bytes 0-99999/100000"});
  });
  RegistryClient client(server.address(), quick());
  EXPECT_EQ(pulled(client, sha256(blob)).error().kind, ErrorKind::Corrupt);
}

TEST(RegistryFaults, APullThatAlwaysBreaksIsUnavailable) {
  FaultServer server([](const SeenRequest&, std::size_t) { return broken_answer(200, std::string(1000, 'x'), 0); });
  RegistryClient client(server.address(), quick());
  EXPECT_EQ(pulled(client, sha256("x")).error().kind, ErrorKind::Unavailable);
  EXPECT_EQ(server.seen().size(), 3U);
}

TEST(RegistryFaults, WrongBytesAreCorruptAndLeaveNoFile) {
  FaultServer server([](const SeenRequest&, std::size_t) { return answer(200, "poison"); });
  RegistryClient client(server.address(), quick());
  TempDir dir;
  EXPECT_EQ(client.pull_blob_to_file("r", sha256("good"), 100, dir.at("file")).error().kind, ErrorKind::Corrupt);
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(RegistryFaults, MoreBytesThanAllowedAreStoppedByAnnouncementAndByCount) {
  FaultServer announced(
      [](const SeenRequest&, std::size_t) { return RawAnswer{"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx", true, false}; });
  RegistryClient first(announced.address(), quick());
  EXPECT_EQ(pulled(first, sha256("x"), 1000).error().kind, ErrorKind::Overloaded);
  FaultServer silent(
      [](const SeenRequest&, std::size_t) { return RawAnswer{"HTTP/1.1 200 OK\r\n\r\n" + std::string(5000, 'x'), false, true}; });
  RegistryClient second(silent.address(), quick());
  EXPECT_EQ(pulled(second, sha256("x"), 1000).error().kind, ErrorKind::Overloaded);
}

TEST(RegistryFaults, AManifestOverFourMebibytesIsOverloaded) {
  FaultServer server([](const SeenRequest&, std::size_t) {
    return answer(200, std::string((4U << 20U) + 1, ' '), {std::string("Content-Type: ") + kOciManifestType});
  });
  EXPECT_EQ(RegistryClient(server.address(), quick()).get_manifest("r", "v1").error().kind, ErrorKind::Overloaded);
}

TEST(RegistryFaults, AManifestThatIsNotItsDigestIsCorrupt) {
  FaultServer server([](const SeenRequest& request, std::size_t) {
    std::vector<std::string> headers = {std::string("Content-Type: ") + kOciManifestType};
    if (request.target.ends_with("v1")) headers.push_back("Docker-Content-Digest: " + sha256("else").oci());
    return answer(200, "{}", headers);
  });
  RegistryClient client(server.address(), quick());
  EXPECT_EQ(client.get_manifest("r", "v1").error().kind, ErrorKind::Corrupt);
  EXPECT_EQ(client.get_manifest("r", sha256("else").oci()).error().kind, ErrorKind::Corrupt);
  EXPECT_TRUE(client.get_manifest("r", "v2"));
  EXPECT_TRUE(client.get_manifest("r", sha256("{}").oci()));
}

TEST(RegistryFaults, AHeadWithoutDigestIsMadeUpForByTheManifest) {
  FaultServer server([](const SeenRequest& request, std::size_t) {
    return answer(200, request.method == "HEAD" ? "" : "{}", {std::string("Content-Type: ") + kOciManifestType});
  });
  EXPECT_EQ(RegistryClient(server.address(), quick()).head_manifest("r", "v1")->value().digest, sha256("{}"));
}

TEST(RegistryFaults, HeadersWithoutEndAreOverloaded) {
  FaultServer server([](const SeenRequest&, std::size_t) {
    std::string bytes = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 2000; ++i) bytes += "X-" + std::to_string(i) + ": " + std::string(60, 'h') + "\r\n";
    return RawAnswer{bytes, false, true};
  });
  EXPECT_EQ(RegistryClient(server.address(), quick()).ping().error().kind, ErrorKind::Overloaded);
}

TEST(RegistryFaults, SilenceIsATimeout) {
  RegistryOptions options = quick();
  options.attempts_max = 1;
  options.answer_timeout = Millis{300};
  FaultServer silent([](const SeenRequest&, std::size_t) { return RawAnswer{"", true, false}; });
  EXPECT_EQ(RegistryClient(silent.address(), options).ping().error().kind, ErrorKind::Timeout);
  FaultServer stalled(
      [](const SeenRequest&, std::size_t) { return RawAnswer{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", true, false}; });
  RegistryClient client(stalled.address(), options);
  EXPECT_EQ(pulled(client, sha256("x")).error().kind, ErrorKind::Timeout);
}

TEST(RegistryFaults, WhatIsNoRegistryIsSaidToBeNone) {
  FaultServer web([](const SeenRequest&, std::size_t) { return answer(404, "<html>"); });
  EXPECT_NE(RegistryClient(web.address(), quick()).ping().error().message.find("no registry"), std::string::npos);
  FaultServer noise([](const SeenRequest&, std::size_t) { return RawAnswer{"220 mail ready\r\n", false, true}; });
  EXPECT_FALSE(RegistryClient(noise.address(), quick()).ping());
  EXPECT_EQ(RegistryClient("not an address/", quick()).ping().error().kind, ErrorKind::InvalidInput);
  FaultServer unreadable([](const SeenRequest&, std::size_t) { return answer(200, "[[["); });
  EXPECT_EQ(RegistryClient(unreadable.address(), quick()).list_tags("r").error().kind, ErrorKind::Corrupt);
}

// A registry that takes uploads and answers the PUT as told.
FaultServer::Handler uploads(std::function<RawAnswer(std::size_t put)> on_put) {
  return [on_put, puts = std::make_shared<std::size_t>(0)](const SeenRequest& request, std::size_t) {
    if (request.method == "HEAD") return answer(404);
    if (request.method == "POST") return answer(202, "", {"Location: /v2/r/blobs/uploads/1?state=x"});
    if (request.method == "PUT") return on_put((*puts)++);
    return answer(204);
  };
}

TEST(RegistryUploadFaults, AFailedUploadBeginsAnewWithTheWholeBody) {
  FaultServer server(uploads([](std::size_t put) { return put == 0 ? answer(502) : put == 1 ? answer(404) : answer(201); }));
  TempDir dir;
  const std::string bytes(200'000, 'u');
  EXPECT_TRUE(RegistryClient(server.address(), quick()).push_blob("r", sha256(bytes), dir.write("f", bytes)));
  std::size_t whole = 0;
  for (const SeenRequest& request : server.seen()) {
    if (request.method != "PUT") continue;
    if (request.body == bytes) ++whole;
    EXPECT_EQ(request.target, "/v2/r/blobs/uploads/1?state=x&digest=sha256%3A" + sha256(bytes).hex());
  }
  EXPECT_EQ(whole, 3U);
}

TEST(RegistryUploadFaults, AFullDiskIsOverloadedAtOnceAndSaysSo) {
  for (const RawAnswer& full :
       {answer(507), answer(500, R"({"errors":[{"code":"UNKNOWN","message":"unknown error","detail":{"Err":28}}]})")}) {
    FaultServer server(uploads([&full](std::size_t) { return full; }));
    const Error error = RegistryClient(server.address(), quick()).push_blob_bytes("r", sha256("x"), "x").error();
    EXPECT_EQ(error.kind, ErrorKind::Overloaded);
    EXPECT_NE(error.message.find("disk is full"), std::string::npos) << error.message;
    EXPECT_EQ(server.seen().size(), 4U);  // HEAD, POST, PUT, and DELETE of the half upload
  }
}

TEST(RegistryUploadFaults, AnUploadThatAlwaysFailsIsUnavailable) {
  FaultServer server(uploads([](std::size_t) { return answer(500); }));
  EXPECT_EQ(RegistryClient(server.address(), quick()).push_blob_bytes("r", sha256("x"), "x").error().kind, ErrorKind::Unavailable);
}

TEST(RegistryFaults, TagsComeInPagesAndAnEndlessListEnds) {
  FaultServer pages([](const SeenRequest& request, std::size_t) {
    const bool second = request.target.find("last=b") != std::string::npos;
    return second ? answer(200, R"({"tags":["c"]})")
                  : answer(200, R"({"tags":["a","b","../evil",7]})", {"Link: </v2/r/tags/list?last=b&n=2>; rel=\"next\""});
  });
  EXPECT_EQ(*RegistryClient(pages.address(), quick()).list_tags("r"), (std::vector<std::string>{"a", "b", "c"}));
  FaultServer endless(
      [](const SeenRequest&, std::size_t) { return answer(200, R"({"tags":[]})", {"Link: </v2/r/tags/list?n=2>; rel=\"next\""}); });
  EXPECT_EQ(RegistryClient(endless.address(), quick()).list_tags("r").error().kind, ErrorKind::Overloaded);
}

}  // namespace
}  // namespace farm::oci
