#include "agent/app/host_facts.hpp"

#include <gtest/gtest.h>

namespace farm::agent {
namespace {

TEST(HostFacts, MemoryIsReadFromTheKernelsText) {
  const auto [available, total] = parse_meminfo("MemTotal:       25214908 kB\nMemFree:        100 kB\nMemAvailable:   20000000 kB\n");
  EXPECT_EQ(available, 20'000'000ULL * 1'024);
  EXPECT_EQ(total, 25'214'908ULL * 1'024);
  EXPECT_EQ(parse_meminfo("MemAvailable:"), (std::pair<std::uint64_t, std::uint64_t>{0, 0}));
}

TEST(HostFacts, LoadIsPerCore) {
  EXPECT_EQ(parse_load_permille("3.00 1.00 0.50 1/200 3\n", 2), 1'500U);
  EXPECT_EQ(parse_load_permille("0.00 0 0", 4), 0U);
  EXPECT_EQ(parse_load_permille("nonsense", 4), 0U);
  EXPECT_EQ(parse_load_permille("nan", 4), 0U);
  EXPECT_EQ(parse_load_permille("1.0", 0), 0U);
}

TEST(HostFacts, ThisHostHasSome) {
  const HostFacts facts = read_host_facts("/");
  EXPECT_GT(facts.disk_total_bytes, 0U);
  EXPECT_GT(facts.memory_total_bytes, facts.memory_available_bytes);
  EXPECT_EQ(read_host_facts("/nowhere/at/all").disk_total_bytes, 0U);
}

}  // namespace
}  // namespace farm::agent
