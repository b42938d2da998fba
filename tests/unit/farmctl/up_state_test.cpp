#include "farmctl/render/up_state.hpp"

#include <gtest/gtest.h>

#include "tests/support/project.hpp"

namespace farm::ctl {
namespace {

using Names = std::vector<std::string>;

const UpState kMarket{"market",
                      "/project",
                      {"docker", "compose", "-p", "market"},
                      {{"db", ""}, {"orders", "r/orders@sha256:1"}, {"shard_1", "r/shard@sha256:2"}, {"shard_2", "r/shard@sha256:2"}}};

Digest digest_of_ones() { return *parse_digest("sha256:" + std::string(64, '1')); }

TEST(UpState, WhatIsWrittenIsRead) {
  const Result<UpState> read = parse_up_state("state.json", render_up_state(kMarket));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, kMarket);
}

TEST(UpState, AnythingElseIsCorruptAndNamesTheFile) {
  for (const char* text : {"", "{", "[]", "{\"schema\":\"farm.up.v2\"}", "{\"schema\":\"farm.up.v1\"}",
                           R"({"schema":"farm.up.v1","project":"a","folder":"b","compose":[],"images":{}})",
                           R"({"schema":"farm.up.v1","project":"a","folder":"b","compose":["c"],"images":{"d":1}})",
                           R"({"schema":"farm.up.v1","project":1,"folder":"b","compose":["c"],"images":{}})"}) {
    const Result<UpState> read = parse_up_state("state.json", text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().kind, ErrorKind::Corrupt);
    EXPECT_NE(read.error().message.find("state.json"), std::string::npos);
  }
}

TEST(UpState, AReferenceIsPinnedWithoutItsTag) {
  const Digest digest = digest_of_ones();
  EXPECT_EQ(pinned_reference("127.0.0.1:5000/market/a:latest", digest), "127.0.0.1:5000/market/a@" + digest.oci());
  EXPECT_EQ(pinned_reference("127.0.0.1:5000/market/a", digest), "127.0.0.1:5000/market/a@" + digest.oci());
  EXPECT_EQ(pinned_reference("host/a:1@sha256:22", digest), "host/a@" + digest.oci());
}

TEST(UpState, OnlyBuiltServicesArePinnedAndTheirBuildIsTakenAway) {
  EXPECT_EQ(pinned_override({{"a", "r/a@sha256:1"}, {"db", ""}}),
            "# Written by `farmctl up`: what was built is what runs.\nservices:\n  \"a\":\n    build: !reset null\n"
            "    image: \"r/a@sha256:1\"\n    pull_policy: missing\n");
  EXPECT_TRUE(pinned_override({{"db", ""}}).ends_with("services: {}\n"));
}

TEST(UpState, AServiceStartsWithAllThatItDependsOn) {
  MemoryTree tree;
  tree.add("docker-compose.yml",
           "services:\n  web: {image: w, depends_on: [api]}\n  api: {image: a, depends_on: [db]}\n  db: {image: d}\n"
           "  other: {image: o}\n  debug: {image: x, profiles: [debug]}\n");
  const ComposeProject project = test::compose_of(tree);
  EXPECT_EQ(services_to_start(project, {"web"}), (Names{"api", "db", "web"}));
  EXPECT_EQ(services_to_start(project, {}), (Names{"api", "db", "other", "web"}));
}

TEST(UpState, AnEarlierStartStaysPinnedButNotAServiceThatIsGone) {
  MemoryTree tree;
  tree.add("docker-compose.yml", "services:\n  a: {image: a}\n  b: {image: b}\n");
  UpState state{"p", "/p", {"docker"}, {{"a", "r/a@sha256:new"}}};
  keep_pinned(state, {"p", "/p", {"docker"}, {{"a", "r/a@sha256:old"}, {"b", "r/b@sha256:1"}, {"gone", "r/gone@sha256:1"}}},
              test::compose_of(tree));
  EXPECT_EQ(state.images, (std::map<std::string, std::string>{{"a", "r/a@sha256:new"}, {"b", "r/b@sha256:1"}}));
}

TEST(UpState, APartOfANameIsEnoughWhereItMeansOneImage) {
  EXPECT_EQ(*match_started(kMarket, "orders"), Names{"orders"});
  EXPECT_EQ(*match_started(kMarket, "ord"), Names{"orders"});
  EXPECT_EQ(*match_started(kMarket, "shard"), (Names{"shard_1", "shard_2"}));
  EXPECT_TRUE(match_started(kMarket, "deps")->empty());
  const Result<Names> unclear = match_started(kMarket, "d");
  ASSERT_FALSE(unclear);
  EXPECT_NE(unclear.error().message.find("db, orders, shard_1, shard_2"), std::string::npos);
}

TEST(UpState, ComposeHasToKnowReset) {
  for (const char* version : {"2.24.4", "v2.40.3", "2.40.3+ds1", "5.0.0", "dev", ""})
    EXPECT_TRUE(is_new_enough_compose(version)) << version;
  for (const char* version : {"1.29.2", "2.24.3", "v2.5.0"}) EXPECT_FALSE(is_new_enough_compose(version)) << version;
}

}  // namespace
}  // namespace farm::ctl
