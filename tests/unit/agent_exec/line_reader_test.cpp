#include "agent/exec/line_reader.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace farm::exec {
namespace {

struct Line {
  std::string text;
  bool cut;
  friend bool operator==(const Line&, const Line&) = default;
};

std::vector<Line> read(const std::vector<std::string>& pieces, std::size_t limit) {
  std::vector<Line> lines;
  LineReader reader(limit);
  const LineSink sink = [&](std::string_view line, bool cut) { lines.push_back({std::string(line), cut}); };
  for (const std::string& piece : pieces) reader.feed(piece, sink);
  reader.finish(sink);
  return lines;
}

TEST(LineReader, LinesAreTheSameHoweverTheBytesArrive) {
  const std::string text = "one\ntwo\r\n\nfour";
  const std::vector<Line> expected{{"one", false}, {"two", false}, {"", false}, {"four", false}};
  EXPECT_EQ(read({text}, 100), expected);
  std::vector<std::string> bytes;
  for (const char c : text) bytes.emplace_back(1, c);
  EXPECT_EQ(read(bytes, 100), expected);
}

TEST(LineReader, ALongLineIsCutAndTheNextOneIsWhole) {
  const std::vector<Line> expected{{"abcd", true}, {"next", false}};
  EXPECT_EQ(read({"abcdefgh", "ijkl\nnext\n"}, 4), expected);
}

TEST(LineReader, ALineOfExactlyTheLimitIsNotCut) { EXPECT_EQ(read({"abcd\n"}, 4), (std::vector<Line>{{"abcd", false}})); }

}  // namespace
}  // namespace farm::exec
