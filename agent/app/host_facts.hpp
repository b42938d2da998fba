// Purpose: what a heartbeat tells of the host: free disk, memory, load. Reading the kernel's text is pure and tested.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace farm::agent {

struct HostFacts {
  std::uint64_t disk_free_bytes = 0;  // for unprivileged users, on the file system of the state directory
  std::uint64_t disk_total_bytes = 0;
  std::uint64_t memory_available_bytes = 0;
  std::uint64_t memory_total_bytes = 0;
  std::uint32_t load_permille = 0;  // load average of a minute over cores
};

// What can't be read stays 0.
HostFacts read_host_facts(const std::string& directory);

// (available, total) in bytes from the text of /proc/meminfo; 0 where the text lacks it.
std::pair<std::uint64_t, std::uint64_t> parse_meminfo(std::string_view text);
// From the text of /proc/loadavg.
std::uint32_t parse_load_permille(std::string_view text, std::uint32_t cores);

}  // namespace farm::agent
