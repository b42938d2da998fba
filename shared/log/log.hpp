// Purpose: the program's log: one line per entry, "time level message key=value …", to stderr and, if wanted, to a file that is rotated
// by size. Thread-safe. Make one Logger in main and pass it by reference. Values of secrets are replaced by "***" on the way.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "shared/base/ids.hpp"
#include "shared/base/result.hpp"
#include "shared/log/redactor.hpp"

namespace farm::log {

enum class Level { Debug, Info, Warning, Error };
Result<Level> parse_level(std::string_view text);  // "debug", "info", "warning", "error"

// Keys in use: build, job, agent, fence, client, address, error.
struct Field {
  std::string_view key;
  std::string value;
  Field(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  Field(std::string_view k, std::integral auto v) : key(k), value(std::to_string(v)) {}
  template <typename Tag>
  Field(std::string_view k, Id<Tag> id) : key(k), value(to_string(id)) {}
};
using Fields = std::initializer_list<Field>;

struct Options {
  Level level = Level::Info;
  bool to_stderr = true;
  std::string file;                             // empty: none
  std::uint64_t file_bytes_max = 64ULL << 20U;  // then it is rotated
  std::uint32_t files_max = 3;
};

class Logger {
 public:
  // Unavailable: the file can't be opened.
  static Result<std::unique_ptr<Logger>> open(const Options& options);
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  // Control characters are escaped, so that an entry is one line; more than 8 KiB are cut with a mark. Never throws.
  void write(Level level, std::string_view message, Fields fields = {}) noexcept;
  void debug(std::string_view message, Fields fields = {}) noexcept { write(Level::Debug, message, fields); }
  void info(std::string_view message, Fields fields = {}) noexcept { write(Level::Info, message, fields); }
  void warning(std::string_view message, Fields fields = {}) noexcept { write(Level::Warning, message, fields); }
  void error(std::string_view message, Fields fields = {}) noexcept { write(Level::Error, message, fields); }
  void flush() noexcept;
  [[nodiscard]] Redactor& redactor();  // add a build's secrets here before anything of it is logged

 private:
  struct Impl;
  explicit Logger(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// "message key=value key="two words"": the line without time and level. Pure.
std::string format_line(std::string_view message, std::span<const Field> fields);

}  // namespace farm::log
