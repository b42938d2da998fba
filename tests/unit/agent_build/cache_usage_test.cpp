#include "agent/build/cache_usage.hpp"

#include <gtest/gtest.h>

namespace farm::build {
namespace {

// As buildx v0.38.2 prints it.
constexpr const char* kDu = R"({"CreatedAt":"2026-11-24 11:27:39 +0000 UTC","Description":"local source for context","ID":"mf6a",)"
                            R"("LastUsedAt":"Less than a second ago","Mutable":true,"Parents":null,"Reclaimable":true,"Shared":false,)"
                            R"("Size":"4.096kB","Type":"source.local","UsageCount":1})"
                            "\n"
                            R"({"ID":"08yn","LastUsedAt":"3 days ago","Reclaimable":true,"Size":"3.15MB","Type":"regular"})"
                            "\n"
                            R"({"ID":"qti4","LastUsedAt":"3 days ago","Reclaimable":false,"Size":"1.5GB","Type":"regular"})"
                            "\n";

TEST(CacheUsage, ReadsWhatBuildxDuPrints) {
  const auto entries = parse_cache_entries(kDu);
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 3U);
  EXPECT_EQ(bytes_of(*entries), 1'503'154'096U);
  EXPECT_FALSE((*entries)[2].reclaimable);
  EXPECT_EQ((*entries)[1].unused_ms, 3LL * 24 * 3'600'000);
}

TEST(CacheUsage, AnEmptyCacheIsNoErrorAndAForeignTextIs) {
  EXPECT_EQ(parse_cache_entries("")->size(), 0U);
  EXPECT_EQ(parse_cache_entries("\n")->size(), 0U);
  EXPECT_EQ(parse_cache_entries("ID RECLAIMABLE SIZE\n").error().kind, ErrorKind::Corrupt);
}

TEST(CacheUsage, APruneWouldFreeWhatIsOldThenDownToTheBudgetAndNeverWhatIsInUse) {
  const auto entries = parse_cache_entries(kDu);
  EXPECT_EQ(prunable_bytes(*entries, 24LL * 3'600'000, UINT64_MAX), 3'150'000U);
  EXPECT_EQ(prunable_bytes(*entries, 0, UINT64_MAX), 3'154'096U);
  EXPECT_EQ(prunable_bytes(*entries, -1, UINT64_MAX), 0U);
  EXPECT_EQ(prunable_bytes(*entries, -1, 0), 3'154'096U);
  EXPECT_EQ(prunable_bytes(*entries, -1, 1'503'154'000), 96U);
}

TEST(CacheUsage, TheTotalOfAPruneIsItsLastLine) {
  EXPECT_EQ(total_of_prune("ID\tRECLAIMABLE\tSIZE\nmf6a*\ttrue\t4.096kB\tLess than a second ago\nTotal:\t6.312MB\n"), 6'312'000U);
  EXPECT_EQ(total_of_prune("Total:\t0B\n"), 0U);
  EXPECT_EQ(total_of_prune("nothing"), std::nullopt);
}

TEST(CacheUsage, SizesAndAgesThatCantBeReadAreToldOrTakenAsYoung) {
  for (const char* bad : {"", "B", "-3kB", "1.2XB", "1e99GB", "nan"}) EXPECT_EQ(parse_size(bad), std::nullopt) << bad;
  EXPECT_EQ(parse_size("0B"), 0U);
  EXPECT_EQ(parse_ago_ms("About an hour ago"), 3'600'000);
  EXPECT_EQ(parse_ago_ms("About a minute ago"), 60'000);
  EXPECT_EQ(parse_ago_ms("2 weeks ago"), 14LL * 24 * 3'600'000);
  for (const char* bad : {"", "Less than a second ago", "yesterday", "-4 days ago"}) EXPECT_EQ(parse_ago_ms(bad), 0) << bad;
}

}  // namespace
}  // namespace farm::build
