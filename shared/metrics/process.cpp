#include "shared/metrics/process.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace farm::metrics {
namespace {

std::string read_text(const char* path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::uint64_t number_at(const std::vector<std::string_view>& fields, std::size_t place) {
  std::uint64_t value = 0;
  if (place < fields.size()) std::from_chars(fields[place].data(), fields[place].data() + fields[place].size(), value);
  return value;
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  for (std::size_t at = text.find_first_not_of(" \n"); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(" \n", at), text.size());
    found.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(" \n", end);
  }
  return found;
}

std::uint64_t count_fds() {
  std::error_code error;
  std::uint64_t count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end; entry.increment(error)) ++count;
  return count == 0 ? 0 : count - 1;  // without the one that reads the folder
}

}  // namespace

std::vector<Row> process_rows(std::size_t first_id) {
  std::vector<Row> rows = {
      {0, "process_cpu_seconds_total", Type::Counter, "seconds", "CPU time of the process, user and system.", {}, Buckets::None},
      {0, "process_resident_memory_bytes", Type::Gauge, "bytes", "Memory of the process that is in RAM.", {}, Buckets::None},
      {0, "process_virtual_memory_bytes", Type::Gauge, "bytes", "Address space of the process.", {}, Buckets::None},
      {0, "process_open_fds", Type::Gauge, "", "File descriptors that are open.", {}, Buckets::None},
      {0, "process_max_fds", Type::Gauge, "", "File descriptors that may be open.", {}, Buckets::None},
      {0, "process_threads", Type::Gauge, "", "Threads of the process.", {}, Buckets::None},
      {0, "process_start_time_seconds", Type::Gauge, "seconds", "When the process started, since the epoch.", {}, Buckets::None},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].id = first_id + i;
  return rows;
}

void set_process(Registry& registry, std::size_t first_id, const ProcessFigures& figures) {
  registry.raise_to(first_id, {}, figures.cpu_seconds);
  const double gauges[] = {static_cast<double>(figures.resident_bytes), static_cast<double>(figures.virtual_bytes),
                           static_cast<double>(figures.open_fds),       static_cast<double>(figures.max_fds),
                           static_cast<double>(figures.threads),        figures.start_seconds};
  std::size_t id = first_id;
  for (const double value : gauges) registry.set(++id, {}, value);
}

ProcessFigures parse_process_stat(std::string_view text, double boot_seconds, double ticks, std::uint64_t page) {
  ProcessFigures figures;
  const std::size_t name_end = text.rfind(')');  // the name may hold blanks and parentheses
  if (name_end == std::string_view::npos || ticks <= 0) return figures;
  // Field 3 of proc(5) is the first after the name.
  const std::vector<std::string_view> fields = words(text.substr(name_end + 1));
  constexpr std::size_t kFirst = 3;
  figures.cpu_seconds = static_cast<double>(number_at(fields, 14 - kFirst) + number_at(fields, 15 - kFirst)) / ticks;
  figures.threads = number_at(fields, 20 - kFirst);
  if (const std::uint64_t start = number_at(fields, 22 - kFirst); start > 0) {
    figures.start_seconds = boot_seconds + static_cast<double>(start) / ticks;
  }
  figures.virtual_bytes = number_at(fields, 23 - kFirst);
  figures.resident_bytes = number_at(fields, 24 - kFirst) * page;
  return figures;
}

double parse_boot_seconds(std::string_view text) {
  constexpr std::string_view kKey = "\nbtime ";
  const std::size_t at = text.find(kKey);
  if (at == std::string_view::npos) return 0;
  std::uint64_t value = 0;
  std::from_chars(text.data() + at + kKey.size(), text.data() + text.size(), value);
  return static_cast<double>(value);
}

ProcessFigures read_process() {
  static const double boot = parse_boot_seconds(read_text("/proc/stat"));
  ProcessFigures figures = parse_process_stat(read_text("/proc/self/stat"), boot, static_cast<double>(::sysconf(_SC_CLK_TCK)),
                                              static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
  figures.open_fds = count_fds();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) figures.max_fds = limit.rlim_cur;
  return figures;
}

}  // namespace farm::metrics
