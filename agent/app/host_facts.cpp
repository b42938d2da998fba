#include "agent/app/host_facts.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <thread>

namespace farm::agent {
namespace {

std::string read_text(const char* path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::uint64_t kib_after(std::string_view text, std::string_view key) {
  std::size_t at = text.find(key);
  if (at == std::string_view::npos) return 0;
  at = text.find_first_not_of(' ', at + key.size());
  std::uint64_t value = 0;
  if (at == std::string_view::npos) return 0;
  std::from_chars(text.data() + at, text.data() + text.size(), value);
  return value * 1'024;
}

}  // namespace

std::pair<std::uint64_t, std::uint64_t> parse_meminfo(std::string_view text) {
  return {kib_after(text, "MemAvailable:"), kib_after(text, "MemTotal:")};
}

std::uint32_t parse_load_permille(std::string_view text, std::uint32_t cores) {
  double load = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), load);
  if (error != std::errc{} || !(load >= 0) || cores == 0) return 0;
  return static_cast<std::uint32_t>(std::min(load * 1'000.0 / cores, 1e6));
}

HostFacts read_host_facts(const std::string& directory) {
  HostFacts facts;
  struct statvfs disk{};
  if (::statvfs(directory.c_str(), &disk) == 0) {
    facts.disk_free_bytes = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    facts.disk_total_bytes = static_cast<std::uint64_t>(disk.f_blocks) * disk.f_frsize;
  }
  std::tie(facts.memory_available_bytes, facts.memory_total_bytes) = parse_meminfo(read_text("/proc/meminfo"));
  facts.load_permille = parse_load_permille(read_text("/proc/loadavg"), std::max(1U, std::thread::hardware_concurrency()));
  return facts;
}

}  // namespace farm::agent
