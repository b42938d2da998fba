// Purpose: what every program tells of its own process, under the names that Prometheus' client libraries use. Reading the kernel's text is
// pure and tested.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/metrics/registry.hpp"

namespace farm::metrics {

struct ProcessFigures {
  double cpu_seconds = 0;    // user and system, since the start
  double start_seconds = 0;  // since the epoch
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;
  std::uint64_t threads = 0;
};

inline constexpr std::size_t kProcessRows = 7;
// The rows of a table for these figures; the first has the id `first_id`.
std::vector<Row> process_rows(std::size_t first_id);
void set_process(Registry& registry, std::size_t first_id, const ProcessFigures& figures);

// Of this process. What can't be read stays 0.
ProcessFigures read_process();

// From the text of /proc/PID/stat; `boot_seconds`: the "btime" of /proc/stat, `ticks`: clock ticks a second, `page`: bytes.
ProcessFigures parse_process_stat(std::string_view text, double boot_seconds, double ticks, std::uint64_t page);
// "btime" of the text of /proc/stat; 0 where it lacks it.
double parse_boot_seconds(std::string_view text);

}  // namespace farm::metrics
