#include "agent/app/durable_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "agent/exec/spawn.hpp"
#include "shared/wire/wire.hpp"

namespace farm::agent {
namespace fs = std::filesystem;

namespace {

Error file_error(const std::string& doing, int number) {
  ErrorKind kind = ErrorKind::Unavailable;
  if (number == EACCES || number == EPERM || number == EROFS) kind = ErrorKind::Denied;
  if (number == ENOSPC || number == EDQUOT) kind = ErrorKind::Overloaded;
  return Error{kind, doing + ": " + std::strerror(number)};
}

Result<void> write_whole(int fd, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return file_error("writing " + path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  if (::fsync(fd) != 0) return file_error("writing " + path, errno);
  return {};
}

Result<std::string> read_whole(const std::string& path, std::size_t bytes_max) {
  std::error_code code;
  const std::uintmax_t bytes = fs::file_size(path, code);
  if (code) return Error{ErrorKind::NotFound, "reading " + path + ": " + code.message()};
  if (bytes > bytes_max) return Error{ErrorKind::Corrupt, path + " is longer than it can be"};
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return Error{ErrorKind::Unavailable, "reading " + path + " failed"};
  return text.str();
}

}  // namespace

Result<void> write_durably(const std::string& path, const std::string& bytes) {
  const std::string temporary = path + ".new";
  const exec::Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file.open()) return file_error("writing " + temporary, errno);
  if (Result<void> written = write_whole(file.get(), temporary, bytes); !written) return written;
  if (::rename(temporary.c_str(), path.c_str()) != 0) return file_error("replacing " + path, errno);
  const std::string parent = fs::path(path).parent_path().string();
  const exec::Descriptor directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.open() || ::fsync(directory.get()) != 0) return file_error("writing " + parent, errno);
  return {};
}

Result<Session> next_session(const std::string& state_dir) {
  const std::string path = state_dir + "/session";
  std::uint64_t last = 0;
  std::error_code code;
  if (fs::exists(path, code)) {
    const Result<std::string> text = read_whole(path, 64);
    if (!text) return text.error();
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), last);
    if (error != std::errc{} || last == 0 || last == UINT64_MAX) {
      return Error{ErrorKind::Corrupt,
                   path + " holds no session number: write into it a number greater than every session of this agent before"};
    }
  }
  if (Result<void> written = write_durably(path, std::to_string(last + 1) + "\n"); !written) return written.error();
  return Session{last + 1};
}

Result<ReportStore> ReportStore::open(const std::string& state_dir) {
  const std::string directory = state_dir + "/reports";
  std::error_code code;
  fs::create_directories(directory, code);
  if (code) return file_error("creating " + directory, code.value());
  return ReportStore(directory);
}

std::string ReportStore::path_of(JobId job, Fence fence) const {
  return directory_ + "/" + to_string(job) + "-" + to_string(fence) + ".report";
}

Result<void> ReportStore::put(const protocol::JobReport& report) {
  return write_durably(path_of(report.job, report.fence), wire::encode(protocol::FromAgent(report)));
}

void ReportStore::remove(JobId job, Fence fence) {
  std::error_code ignored;
  fs::remove(path_of(job, fence), ignored);
}

std::vector<protocol::JobReport> ReportStore::load(std::vector<std::string>& problems) const {
  std::vector<protocol::JobReport> reports;
  std::vector<std::string> broken;
  std::error_code code;
  for (fs::directory_iterator at(directory_, code), end; !code && at != end && reports.size() < kReportsMax; at.increment(code)) {
    const std::string path = at->path().string();
    if (at->path().extension() != ".report") {
      broken.push_back(path);  // a write that a crash interrupted
      continue;
    }
    const Result<std::string> bytes = read_whole(path, kReportBytesMax);
    Result<wire::ToCoordinator> message = bytes ? wire::decode_to_coordinator(*bytes) : Result<wire::ToCoordinator>(bytes.error());
    const auto* from_agent = message ? std::get_if<protocol::FromAgent>(&*message) : nullptr;
    const auto* report = from_agent != nullptr ? std::get_if<protocol::JobReport>(from_agent) : nullptr;
    if (report != nullptr) {
      reports.push_back(*report);
    } else {
      problems.push_back(path + (message ? " holds no report" : ": " + message.error().message));
      broken.push_back(path);
    }
  }
  for (const std::string& path : broken) fs::remove(path, code);
  std::sort(reports.begin(), reports.end(), [](const auto& a, const auto& b) { return a.fence < b.fence; });
  return reports;
}

}  // namespace farm::agent
