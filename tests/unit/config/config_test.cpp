#include "shared/config/config.hpp"

#include <gtest/gtest.h>

#include "shared/base/random.hpp"
#include "tests/support/temp_dir.hpp"

namespace farm::config {
namespace {

const std::string kKey(40, 'k');

template <typename T>
std::string problems(const Parsed<T>& parsed) {
  std::string text;
  for (const Diagnostic& diagnostic : parsed.diagnostics) text += to_string(diagnostic) + "\n";
  return text;
}

const char* const kCoordinator = R"(state_dir: state
key_file: /keys/coordinator
key_book: book
registry:
  address: registry:5000
)";

TEST(ConfigCoordinator, DefaultsFillWhatIsLeftOut) {
  const auto parsed = parse_coordinator_config(kCoordinator, "/etc/farm/coordinator.yml");
  ASSERT_TRUE(parsed.ok()) << problems(parsed);
  CoordinatorConfig expected;
  expected.state_dir = "/etc/farm/state";
  expected.key_file = "/keys/coordinator";
  expected.key_book = "/etc/farm/book";
  expected.registry.address = expected.registry.agents_address = expected.registry.clients_address = "registry:5000";
  EXPECT_EQ(parsed.value, expected);
}

TEST(ConfigCoordinator, EveryProblemIsToldWithItsLine) {
  const auto parsed = parse_coordinator_config(R"(listen: 7440
http_listen: 127.0.0.1
state_dir: [a]
key_flie: x
registry:
  adress: r
  insecure: maybe
job_timeout_s: 0
build_timeout_s: soon
retention:
  log_bytes_max: 3 bananas
mirrors: docker.io
log:
  level: loud
job_timeout_s: 5
)",
                                               "c.yml");
  EXPECT_EQ(problems(parsed),
            "c.yml:3: error: state_dir must be one value\n"
            "c.yml:7: error: registry.insecure must be true or false, not \"maybe\"\n"
            "c.yml:6: error: unknown key \"registry.adress\" (did you mean \"address\"?)\n"
            "c.yml:6: error: registry.address must be given\n"
            "c.yml:12: error: mirrors must be a mapping\n"
            "c.yml:8: error: job_timeout_s must be a number from 1 to 604800, not \"0\"\n"
            "c.yml:9: error: build_timeout_s must be a number from 1 to 604800, not \"soon\"\n"
            "c.yml:11: error: retention.log_bytes_max must be a number of bytes, such as 1048576, 512MiB or 20GiB, not \"3 bananas\"\n"
            "c.yml:14: error: log.level must be debug, info, warning or error, not \"loud\"\n"
            "c.yml:4: error: unknown key \"key_flie\" (did you mean \"key_file\"?)\n"
            "c.yml:15: error: job_timeout_s is given twice\n"
            "c.yml:3: error: state_dir must be given\n"
            "c.yml:1: error: key_file must be given\n"
            "c.yml:1: error: key_book must be given\n"
            "c.yml:1: error: listen must look like \"tcp://127.0.0.1:7440\", not \"7440\"\n"
            "c.yml:2: error: http_listen must look like \"127.0.0.1:7441\", not \"127.0.0.1\"\n");
}

TEST(ConfigCoordinator, NamesAndReadingOfTheHttpPortAreChecked) {
  const std::string good = std::string(kCoordinator) + "http_hosts: [farm.example.org, farm]\nhttp_read: token\n";
  const auto parsed = parse_coordinator_config(good, "/etc/farm/c.yml");
  ASSERT_TRUE(parsed.ok()) << problems(parsed);
  EXPECT_EQ(parsed.value.http_hosts, (std::vector<std::string>{"farm.example.org", "farm"}));
  EXPECT_EQ(parsed.value.http_read, "token");
  const auto bad = parse_coordinator_config(std::string(kCoordinator) + "http_hosts: ['http://farm:7441']\nhttp_read: never\n", "c.yml");
  EXPECT_EQ(problems(bad),
            "c.yml:6: error: http_hosts lists names without scheme and port, such as \"farm.example.org\", not \"http://farm:7441\"\n"
            "c.yml:7: error: http_read must be open or token, not \"never\"\n");
}

TEST(ConfigCoordinator, BrokenYamlIsToldWithItsLine) {
  const auto parsed = parse_coordinator_config("listen: a\nstate_dir: [\nkey: }", "c.yml");
  ASSERT_EQ(parsed.diagnostics.size(), 1U);
  EXPECT_GE(parsed.diagnostics.front().place.line, 2);
  EXPECT_FALSE(parse_coordinator_config("- a\n- b\n", "c.yml").ok());
  EXPECT_FALSE(parse_coordinator_config("", "c.yml").ok());
  EXPECT_FALSE(parse_coordinator_config(std::string("a\0b", 3), "c.yml").ok());
  EXPECT_FALSE(parse_coordinator_config(std::string(kConfigBytesMax + 1, ' '), "c.yml").ok());
}

TEST(ConfigCoordinator, AMissingFileIsADiagnostic) {
  const auto parsed = load_coordinator_config("/nowhere/c.yml");
  ASSERT_EQ(parsed.diagnostics.size(), 1U);
  EXPECT_EQ(parsed.diagnostics.front().place.file, "/nowhere/c.yml");
}

TEST(ConfigAgent, BytesMayBeWrittenInUnits) {
  const std::string rest = "name: a\ncoordinator_key: " + kKey + "\nkey_file: /k\nstate_dir: /s\nbuildkit: {builder: b}\n";
  const auto bytes = [&](const std::string& text) { return parse_agent_config(rest + "slice_cache_bytes_max: " + text + "\n", "a.yml"); };
  EXPECT_EQ(bytes("1024").value.slice_cache_bytes_max, 1024U);
  EXPECT_EQ(bytes("3KiB").value.slice_cache_bytes_max, 3U << 10U);
  EXPECT_EQ(bytes("20GiB").value.slice_cache_bytes_max, 20ULL << 30U);
  for (const char* wrong : {"-1", "1.5GiB", "20GB", "GiB", "99999999999TiB", "20 GiB"}) EXPECT_FALSE(bytes(wrong).ok()) << wrong;
}

TEST(ConfigAgent, ExactlyOneWayToBuildKitIsGiven) {
  const std::string rest = "name: a\ncoordinator_key: " + kKey + "\nkey_file: /k\nstate_dir: /s\n";
  EXPECT_FALSE(parse_agent_config(rest, "a.yml").ok());
  EXPECT_FALSE(parse_agent_config(rest + "buildkit: {address: \"unix:///x\", builder: b}\n", "a.yml").ok());
  EXPECT_TRUE(parse_agent_config(rest + "buildkit: {address: \"unix:///x\"}\n", "a.yml").ok());
  EXPECT_TRUE(parse_agent_config(rest + "buildkit: {builder: b}\n", "a.yml").ok());
}

TEST(ConfigClient, TheEnvironmentWinsOverTheFile) {
  const std::map<std::string, std::string> environment{{"FARM_COORDINATOR", "tcp://farm:1"},
                                                       {"FARM_COORDINATOR_KEY", kKey},
                                                       {"FARM_KEY_FILE", "relative/key"},
                                                       {"FARM_REGISTRY_INSECURE", "true"},
                                                       {"FARM_OTHER", "ignored"}};
  const auto parsed = parse_client_config("coordinator: tcp://other:2\nkey_file: k\nregistry: r:5000\n", "/etc/c.yml", environment);
  ASSERT_TRUE(parsed.ok()) << problems(parsed);
  EXPECT_EQ(parsed.value.coordinator, "tcp://farm:1");
  EXPECT_EQ(parsed.value.key_file, "relative/key");
  EXPECT_EQ(parsed.value.registry, "r:5000");
  EXPECT_TRUE(parsed.value.registry_insecure);
}

TEST(ConfigClient, ADefaultFileMayBeMissingAndANamedOneMayNot) {
  const std::map<std::string, std::string> environment{{"FARM_COORDINATOR_KEY", kKey}, {"FARM_KEY_FILE", "/k"}};
  EXPECT_TRUE(load_client_config("/nowhere/c.yml", true, environment).ok());
  EXPECT_FALSE(load_client_config("/nowhere/c.yml", false, environment).ok());
  EXPECT_TRUE(load_client_config("", false, environment).ok());
  const auto without = load_client_config("", false, {});
  EXPECT_NE(problems(without).find("FARM_KEY_FILE"), std::string::npos);
}

TEST(ConfigClient, TheEnvironmentOfTheProcessIsRead) {
  ASSERT_EQ(::setenv("FARM_TEST_VARIABLE", "a=b", 1), 0);
  EXPECT_EQ(farm_environment().at("FARM_TEST_VARIABLE"), "a=b");
  EXPECT_FALSE(farm_environment().contains("PATH"));
}

// Every field differs from its default, so that one that is not written or not read shows.
TEST(ConfigWrite, WhatIsWrittenReadsBack) {
  CoordinatorConfig coordinator{"tcp://0.0.0.0:1",
                                "0.0.0.0:2",
                                {"farm.example.org"},
                                "token",
                                "/console",
                                "/s d",
                                "/k",
                                "/b",
                                {"r:1", "r:2", "r:3", true, "x/y"},
                                {{"docker.io", "127.0.0.1:5000"}, {"quay.io", "q: #1"}},
                                1,
                                2,
                                3,
                                4,
                                5,
                                {6, 7, 8},
                                {"debug", "/log", 9}};
  const auto one = parse_coordinator_config(write_coordinator_config(coordinator), "/x/c.yml");
  ASSERT_TRUE(one.ok()) << problems(one);
  EXPECT_EQ(one.value, coordinator);

  const std::string odd_key = "#k:{}[]&*!|>'\"%@`,?-=<.()^/~+$ 0123456789";
  AgentConfig agent{"a",
                    "tcp://h:1",
                    odd_key.substr(0, 40),
                    "/k",
                    3,
                    {"gpu", "zone=eu"},
                    "linux/arm64",
                    "/s",
                    4,
                    5,
                    "h:6",
                    {"unix:///x", ""},
                    {"/usr/bin/buildx"},
                    "r:1",
                    {"error", "/log", 9}};
  const auto two = parse_agent_config(write_agent_config(agent), "/x/a.yml");
  ASSERT_TRUE(two.ok()) << problems(two);
  EXPECT_EQ(two.value, agent);

  ClientConfig client{"tcp://h:1", odd_key.substr(0, 40), "/k", "r:1", true, "h:2"};
  const auto three = parse_client_config(write_client_config(client), "/x/f.yml", {});
  ASSERT_TRUE(three.ok()) << problems(three);
  EXPECT_EQ(three.value, client);
}

TEST(ConfigDamage, RandomTextGivesDiagnosticsAndNoCrash) {
  const std::string good = write_coordinator_config({});
  Rng rng(1);
  int bad = 0;
  for (int round = 0; round < 2'000; ++round) {
    std::string text = good;
    for (std::uint64_t count = 1 + rng.below(6); count > 0; --count) {
      const auto place = static_cast<std::size_t>(rng.below(text.size()));
      constexpr std::string_view kOdd = "\n\t :-[]{}\"'#&*!|>%@\x01\xFF";
      if (rng.chance(500)) {
        text[place] = kOdd[static_cast<std::size_t>(rng.below(kOdd.size()))];
      } else {
        text.erase(place, static_cast<std::size_t>(rng.below(8)));
      }
    }
    if (!parse_coordinator_config(text, "c.yml").ok()) ++bad;
  }
  EXPECT_GT(bad, 1'000);
}

}  // namespace
}  // namespace farm::config
