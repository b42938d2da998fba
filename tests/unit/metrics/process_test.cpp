#include "shared/metrics/process.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <chrono>

namespace farm::metrics {
namespace {

TEST(ProcessStat, IsReadByItsFieldsWhateverTheNameHolds) {
  const std::string text =
      "4711 (a) b (c) S 1 4711 4711 0 -1 4194560 900 0 3 0 250 50 0 0 20 0 9 0 12345 123456789 2048 18446744073709551615 1 1 0 0 0\n";
  const ProcessFigures figures = parse_process_stat(text, 1'000'000, 100, 4'096);
  EXPECT_DOUBLE_EQ(figures.cpu_seconds, 3.0);
  EXPECT_EQ(figures.threads, 9U);
  EXPECT_DOUBLE_EQ(figures.start_seconds, 1'000'123.45);
  EXPECT_EQ(figures.virtual_bytes, 123'456'789U);
  EXPECT_EQ(figures.resident_bytes, 2'048U * 4'096U);
}

TEST(ProcessStat, OfATextThatIsNoneIsZeros) {
  for (const char* text : {"", "1", "1 (x", "1 (x)", "1 (x) S", ") ) )"}) {
    const ProcessFigures figures = parse_process_stat(text, 1, 100, 4'096);
    EXPECT_EQ(figures.cpu_seconds, 0) << text;
    EXPECT_EQ(figures.start_seconds, 0) << text;
  }
}

TEST(BootTime, IsFoundAmongTheOtherLines) {
  EXPECT_EQ(parse_boot_seconds("cpu 1 2 3\nbtime 1700000000\nprocesses 5\n"), 1'700'000'000);
  EXPECT_EQ(parse_boot_seconds("cpu 1 2 3\n"), 0);
}

TEST(ReadProcess, TellsOfThisProcess) {
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  const ProcessFigures before = read_process();
  EXPECT_GT(before.resident_bytes, 1U << 20U);
  EXPECT_GT(before.virtual_bytes, before.resident_bytes);
  EXPECT_GT(before.max_fds, before.open_fds);
  EXPECT_GE(before.threads, 1U);
  EXPECT_LT(before.start_seconds, now + 2);
  EXPECT_GT(before.start_seconds, now - 600);
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  EXPECT_EQ(read_process().open_fds, before.open_fds + 2);
  ::close(pipe[0]);
  ::close(pipe[1]);
}

}  // namespace
}  // namespace farm::metrics
