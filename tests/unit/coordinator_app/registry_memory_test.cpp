#include "coordinator/app/registry_memory.hpp"

#include <gtest/gtest.h>

namespace farm::coordinator {
namespace {

TEST(AgingMap, ForgetsWhatIsTooOld) {
  AgingMap<std::string, int> map;
  map.put("a", 1, Instant{100});
  EXPECT_NE(map.find("a", Instant{100}), nullptr);
  EXPECT_EQ(map.find("a", Instant{101}), nullptr);
  map.put("a", 2, Instant{200});
  ASSERT_NE(map.find("a", Instant{150}), nullptr);
  EXPECT_EQ(*map.find("a", Instant{150}), 2);
  map.erase("a");
  EXPECT_EQ(map.find("a", Instant{0}), nullptr);
}

TEST(AgingMap, IsBounded) {
  AgingMap<std::size_t, int> map;
  for (std::size_t i = 0; i <= kRemembered; ++i) map.put(i, 1, Instant{1});
  EXPECT_EQ(map.find(0, Instant{0}), nullptr);
  EXPECT_NE(map.find(kRemembered, Instant{0}), nullptr);
}

}  // namespace
}  // namespace farm::coordinator
