#include "farmctl/render/upkeep_view.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "farmctl/render/amounts.hpp"

namespace farm::ctl {
namespace {

constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kNow = 100 * 24 * kHour;

TEST(Amounts, AgesAsDockerWritesThem) {
  EXPECT_EQ(parse_age("168h")->value, 168 * kHour);
  EXPECT_EQ(parse_age("7d")->value, 168 * kHour);
  EXPECT_EQ(parse_age("1d12h")->value, 36 * kHour);
  EXPECT_EQ(parse_age("90m")->value, 90 * 60'000);
  EXPECT_EQ(parse_age("0")->value, 0);
  EXPECT_EQ(parse_age("0s")->value, 0);
  for (const char* bad : {"", "7", "d", "-3h", "7 d", "1y", "99999999999999999999h", "999999999d", "1.5h"})
    EXPECT_EQ(parse_age(bad).has_value(), false) << bad;
}

TEST(Amounts, SizesAsDockerWritesThem) {
  EXPECT_EQ(*parse_bytes("20GB"), 20'000'000'000U);
  EXPECT_EQ(*parse_bytes("512MiB"), 512U << 20U);
  EXPECT_EQ(*parse_bytes("1.5g"), 1'500'000'000U);
  EXPECT_EQ(*parse_bytes("10 kB"), 10'000U);
  EXPECT_EQ(*parse_bytes("123"), 123U);
  for (const char* bad : {"", "GB", "-1GB", "-0", "1 ", "1XB", "1e30", "9999999999TB", "inf", "nan"}) EXPECT_FALSE(parse_bytes(bad)) << bad;
}

TEST(Amounts, AnAgeForPeople) {
  EXPECT_EQ(format_age(0, kNow), "-");
  EXPECT_EQ(format_age(kNow - 5, kNow), "just now");
  EXPECT_EQ(format_age(kNow - 5 * 60'000, kNow), "5 min");
  EXPECT_EQ(format_age(kNow - 30 * kHour, kNow), "30 h");
  EXPECT_EQ(format_age(kNow - 72 * kHour, kNow), "3 d");
}

protocol::Usage some_usage() {
  protocol::Usage usage;
  usage.groups = {{"deps", "market", 2, 91'000'000, kNow - 72 * kHour, kNow - 5}};
  usage.agents = {{"alpha", "up", 1'000, 2'000'000, 500, 7'000'000'000, 9'000'000'000, ""}, {"beta", "lost", 0, 0, 0, 0, 0, "it is lost"}};
  usage.registry_bytes = 120'000'000;
  usage.manifests = 3;
  usage.notes = {"the registry has no catalog"};
  return usage;
}

TEST(UpkeepView, DuIsATablePerPlaceWithNotesBelow) {
  const std::string text = render_usage(some_usage(), kNow);
  EXPECT_NE(text.find("deps  market   2      91.0 MB  just now   3 d"), std::string::npos) << text;
  EXPECT_NE(text.find("registry: 120.0 MB in 3 manifests"), std::string::npos) << text;
  EXPECT_NE(text.find("note: agent beta: it is lost"), std::string::npos) << text;
  EXPECT_NE(text.find("note: the registry has no catalog"), std::string::npos) << text;
}

TEST(UpkeepView, DuAsJsonHasEveryNumberInBytes) {
  const auto json = nlohmann::json::parse(render_usage_json(some_usage()));
  EXPECT_EQ(json["schema"], "farm.du.v1");
  EXPECT_EQ(json["groups"][0]["bytes"], 91'000'000);
  EXPECT_EQ(json["agents"][0]["buildkit_bytes"], 2'000'000);
  EXPECT_EQ(json["notes"][0], "the registry has no catalog");
}

TEST(UpkeepView, ADryRunListsWhatWouldGoAndSaysWould) {
  protocol::Pruned pruned;
  pruned.dry_run = true;
  pruned.items = {{"deps", "market", "deps market", 5'000, kNow - 72 * kHour}};
  pruned.registry_bytes = 5'000;
  pruned.manifests = 1;
  const std::string text = render_pruned(pruned, {}, kNow, false);
  EXPECT_NE(text.find("deps market"), std::string::npos) << text;
  EXPECT_NE(text.find("would free 5.0 kB"), std::string::npos) << text;
  pruned.dry_run = false;
  EXPECT_EQ(render_pruned(pruned, {}, kNow, false).find("deps market"), std::string::npos);
}

TEST(UpkeepView, APruneSaysWhatTheRegistrysDiskDid) {
  const auto json = nlohmann::json::parse(render_pruned_json({}, {true, 77, ""}));
  EXPECT_EQ(json["schema"], "farm.prune.v1");
  EXPECT_EQ(json["garbage_collection"]["freed_bytes"], 77);
  EXPECT_NE(render_pruned({}, {false, 0, "run it there"}, kNow, false).find("note: run it there"), std::string::npos);
}

TEST(UpkeepView, ACleanSaysWhatStaysForOthers) {
  protocol::Pruned pruned;
  pruned.results = 6;
  pruned.shared = 2;
  const std::string text = render_cleaned(pruned, "market");
  EXPECT_NE(text.find("2 results stay: other projects use them too"), std::string::npos) << text;
  EXPECT_NE(text.find("the next build of market is cold"), std::string::npos) << text;
  EXPECT_EQ(nlohmann::json::parse(render_cleaned_json(pruned, "market"))["project"], "market");
}

}  // namespace
}  // namespace farm::ctl
