#include "coordinator/http/host_check.hpp"

#include <gtest/gtest.h>

namespace farm::coordinator {
namespace {

const HostCheck kCheck({"build1.lan", "build1"}, {"Farm.example.org"});

TEST(HostCheck, AddressesLocalhostOwnAndListedNamesPass) {
  for (const char* host : {"127.0.0.1:7441", "10.1.2.3", "[::1]:7441", "[fe80::1]", "localhost", "LOCALHOST:80", "build1",
                           "build1.lan:7441", "farm.example.org", "FARM.example.org.:7441", ""}) {
    EXPECT_TRUE(kCheck.host(host)) << host;
  }
}

TEST(HostCheck, AnyOtherNameIsRefusedAndTheKeyToSetIsTold) {
  for (const char* host : {"evil.example", "farm.example.org.evil.example", "build1.evil.example", "127.0.0.1.evil.example",
                           "localhost.evil.example", "::1", "[::1", "[evil.example]", "127.1", "0x7f000001", "127.0.0.1:80:80",
                           "127.0.0.1:x", "localhost@evil.example", "a, localhost", "(several)", " localhost"}) {
    const Result<void> known = kCheck.host(host);
    ASSERT_FALSE(known) << host;
    EXPECT_EQ(known.error().kind, ErrorKind::Denied);
    EXPECT_NE(known.error().message.find("`http_hosts`"), std::string::npos);
  }
  EXPECT_FALSE(kCheck.host(std::string(100'000, 'x')));
  EXPECT_LT(kCheck.host(std::string(100'000, 'x')).error().message.size(), 1'000U);
}

TEST(HostCheck, OnlyAPageOfItsOwnOrOfAListedNameMayChangeSomething) {
  EXPECT_TRUE(kCheck.origin("", "10.1.2.3:7441")) << "no page";
  EXPECT_TRUE(kCheck.origin("http://10.1.2.3:7441", "10.1.2.3:7441"));
  EXPECT_TRUE(kCheck.origin("https://farm.example.org", "10.1.2.3:7441")) << "a proxy stands between";
  for (const char* origin : {"null", "http://10.1.2.3:80", "http://10.1.2.4:7441", "http://evil.example", "http://localhost:7441",
                             "http://farm.example.org.evil.example", "ftp://10.1.2.3:7441", "http://"}) {
    EXPECT_FALSE(kCheck.origin(origin, "10.1.2.3:7441")) << origin;
  }
}

TEST(HostCheck, ThisMachineHasAName) {
  const HostCheck own(names_of_this_machine(), {});
  for (const std::string& name : names_of_this_machine()) EXPECT_TRUE(own.host(name + ":7441")) << name;
}

}  // namespace
}  // namespace farm::coordinator
