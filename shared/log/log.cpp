#include "shared/log/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <vector>

namespace farm::log {
namespace {

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::Debug: return spdlog::level::debug;
    case Level::Info: return spdlog::level::info;
    case Level::Warning: return spdlog::level::warn;
    case Level::Error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

struct Logger::Impl {
  Redactor redactor;
  spdlog::logger logger;
  Impl(std::vector<spdlog::sink_ptr> sinks, Level level) : logger("farm", sinks.begin(), sinks.end()) {
    logger.set_level(to_spdlog(level));
    logger.set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    logger.flush_on(spdlog::level::info);
    logger.set_error_handler([](const std::string&) {});  // a full disk must not stop the program; stderr still has the line
  }
};

Result<std::unique_ptr<Logger>> Logger::open(const Options& options) {
  try {
    std::vector<spdlog::sink_ptr> sinks;
    if (options.to_stderr) sinks.push_back(std::make_shared<spdlog::sinks::stderr_sink_mt>());
    if (!options.file.empty()) {
      sinks.push_back(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(options.file, options.file_bytes_max, options.files_max));
    }
    return std::unique_ptr<Logger>(new Logger(std::make_unique<Impl>(std::move(sinks), options.level)));
  } catch (const std::exception& error) {
    return Error{ErrorKind::Unavailable, "opening the log file " + options.file + ": " + error.what()};
  }
}

Logger::Logger(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Logger::~Logger() = default;

void Logger::write(Level level, std::string_view message, Fields fields) noexcept {
  try {
    if (!impl_->logger.should_log(to_spdlog(level))) return;
    // Redacted before it is formatted: quoting could split a secret.
    if (impl_->redactor.empty()) {
      impl_->logger.log(to_spdlog(level), spdlog::string_view_t(format_line(message, {fields.begin(), fields.size()})));
      return;
    }
    std::vector<Field> clean(fields);
    for (Field& field : clean) field.value = impl_->redactor.redact(field.value);
    const std::string clean_message = impl_->redactor.redact(message);
    impl_->logger.log(to_spdlog(level), spdlog::string_view_t(format_line(clean_message, clean)));
  } catch (...) {
    // Only memory can be missing here; an entry less is better than a coordinator less.
  }
}

void Logger::flush() noexcept {
  try {
    impl_->logger.flush();
  } catch (...) {
    // As above.
  }
}

Redactor& Logger::redactor() { return impl_->redactor; }

}  // namespace farm::log
