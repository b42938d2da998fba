#include "shared/log/log.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "tests/support/temp_dir.hpp"

namespace farm::log {
namespace {

std::string line(std::string_view message, Fields fields = {}) { return format_line(message, {fields.begin(), fields.size()}); }

TEST(LogLine, FieldsFollowTheMessageAndAreQuotedWhereTheyMust) {
  EXPECT_EQ(line("job started", {{"job", JobId{7}}, {"agent", "alpha"}, {"attempt", 2}}), "job started job=7 agent=alpha attempt=2");
  EXPECT_EQ(line("x", {{"error", "no such file"}, {"empty", ""}, {"quote", "a\"b\\c"}}),
            R"(x error="no such file" empty="" quote="a\"b\\c")");
}

TEST(LogLine, AnEntryIsOneLineWhateverIsInIt) { EXPECT_EQ(line("a\nb\x1b[31m", {{"k", "v\r\n"}}), "a\\nb\\x1b[31m k=\"v\\x0d\\n\""); }

TEST(LogLine, ALongEntryIsCutWithAMark) {
  const std::string cut = line(std::string(100'000, 'x'));
  EXPECT_LT(cut.size(), 9'000U);
  EXPECT_TRUE(cut.ends_with("[…cut]"));
}

TEST(LogLevel, NamesAreReadAndOthersRefused) {
  EXPECT_EQ(parse_level("warning").value(), Level::Warning);
  EXPECT_EQ(parse_level("loud").error().kind, ErrorKind::InvalidInput);
}

struct File {
  test::TempDir dir;
  std::unique_ptr<Logger> logger;
  explicit File(Level level = Level::Info, std::uint64_t bytes_max = 1U << 20U) {
    Options options;
    options.level = level;
    options.to_stderr = false;
    options.file = dir.at("farm.log");
    options.file_bytes_max = bytes_max;
    logger = Logger::open(options).value();
  }
  [[nodiscard]] std::string text() const {
    logger->flush();
    return dir.read("farm.log");
  }
};

TEST(LogFile, EntriesBelowTheLevelAreLeftOut) {
  const File file(Level::Warning);
  file.logger->info("quiet");
  file.logger->warning("loud", {{"build", BuildId{3}}});
  EXPECT_EQ(file.text().find("quiet"), std::string::npos);
  EXPECT_NE(file.text().find(" warning loud build=3\n"), std::string::npos) << file.text();
}

TEST(LogFile, SecretsAreNotWritten) {
  const File file;
  file.logger->redactor().add("s3cr3t value");
  file.logger->info("token s3cr3t value", {{"error", "bad s3cr3t value here"}});
  EXPECT_EQ(file.text().find("s3cr3t"), std::string::npos);
  EXPECT_NE(file.text().find("token *** error=\"bad *** here\""), std::string::npos) << file.text();
}

TEST(LogFile, TheFileIsRotatedBySize) {
  const File file(Level::Info, 10'000);
  for (int number = 0; number < 2'000; ++number) file.logger->info("an entry of some length", {{"number", number}});
  std::uintmax_t bytes = 0;
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(file.dir.path())) {
    bytes += std::filesystem::file_size(entry.path());
    ++files;
  }
  EXPECT_LE(bytes, 4U * 10'000U);
  EXPECT_GE(files, 2U);
  EXPECT_LE(files, 4U);
}

TEST(LogFile, ThreadsDoNotMixTheirLines) {
  const File file;
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number) {
    threads.emplace_back([&] {
      for (int entry = 0; entry < 200; ++entry) file.logger->info("0123456789");
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::string text = file.text();
  std::size_t lines = 0;
  for (std::size_t place = 0; (place = text.find(" info 0123456789\n", place)) != std::string::npos; ++place) ++lines;
  EXPECT_EQ(lines, 800U);
}

TEST(LogFile, AFileThatCannotBeOpenedIsUnavailable) {
  Options options;
  options.file = "/proc/nowhere/farm.log";
  EXPECT_EQ(Logger::open(options).error().kind, ErrorKind::Unavailable);
}

TEST(LogRedactor, TheLongestValueWinsAndLinesOfAValueAreHiddenToo) {
  Redactor redactor;
  redactor.add("secret");
  redactor.add("secret-longer");
  redactor.add("-----BEGIN-----\nabcdefgh\n--");
  EXPECT_EQ(redactor.redact("secret secret-longer x"), "*** *** x");
  EXPECT_EQ(redactor.redact("line abcdefgh end"), "line *** end");
  EXPECT_EQ(redactor.redact("-- stays"), "-- stays");
}

TEST(LogRedactor, AValueOfTwoBuildsStaysHiddenUntilBothAreOver) {
  Redactor redactor;
  redactor.add("hunter22");
  redactor.add("hunter22");
  redactor.remove("hunter22");
  EXPECT_EQ(redactor.redact("hunter22"), "***");
  redactor.remove("hunter22");
  EXPECT_EQ(redactor.redact("hunter22"), "hunter22");
  EXPECT_TRUE(redactor.empty());
}

TEST(LogRedactor, ShortValuesHideNothing) {
  Redactor redactor;
  redactor.add("abc");
  redactor.add("");
  EXPECT_EQ(redactor.redact("abcabc"), "abcabc");
}

}  // namespace
}  // namespace farm::log
