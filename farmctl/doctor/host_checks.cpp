// The machine on which farmctl runs, the user's key, and the resources of all machines.
#include <algorithm>
#include <array>
#include <cstdio>
#include <tuple>

#include "farmctl/doctor/line.hpp"
#include "farmctl/render/text.hpp"

namespace farm::ctl::doctor {
namespace {

constexpr std::uint64_t kGiB = 1ULL << 30U;
constexpr std::uint32_t kCpusWanted = 4;
constexpr std::uint64_t kMemoryWanted = 8 * kGiB;
constexpr std::uint64_t kMemoryTolerance = kGiB;  // a machine sold with 8 GB shows less
constexpr std::uint64_t kDiskWanted = 20 * kGiB;
constexpr std::uint64_t kDiskLeast = 2 * kGiB;  // below it an agent takes nothing new

std::string octal(std::uint32_t mode) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04o", mode);
  return text.data();
}

Line environment(const HostFacts& host) {
  const Draft draft("environment", "variables that change how Docker builds", "none that turns BuildKit off");
  std::vector<std::string> off;
  for (const auto& [name, value] : host.environment) {
    if (value == "0" || value == "false") off.push_back(name + "=" + value);
  }
  if (off.empty()) return draft.ok("BuildKit is not turned off");
  return draft.warning(listed(off) + ": plain `docker compose build` uses the old builder, without caches", "unset them, or set them to 1");
}

Line key(const KeyFacts& key) {
  const Draft draft("keys", "the user's key", "a key file that only its owner can read (mode 0600)");
  if (key.file.empty()) return draft.skipped("no farm is configured, so no key is named");
  if (key.mode == 0) {
    return draft.broken(key.file + ": " + (key.problem.empty() ? "is not there" : key.problem),
                        "`farmctl keys new " + key.file + " --name YOU`, and add the printed line to the coordinator's key book");
  }
  if ((key.mode & 077U) != 0) return draft.broken(key.file + " has mode " + octal(key.mode), "chmod 600 " + key.file);
  if (!key.problem.empty()) return draft.broken(key.file + ": " + key.problem, "`farmctl keys new` writes one");
  return draft.ok(key.file + ", mode " + octal(key.mode));
}

// "farmctl's host: 2; agent local-1: 4" with the smallest first.
template <typename Value, typename Format>
std::string by_machine(const std::vector<std::pair<std::string, Value>>& values, Format format) {
  auto sorted = values;
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return std::tie(a.second, a.first) < std::tie(b.second, b.first); });
  std::vector<std::string> words;
  for (const auto& [name, value] : sorted) words.push_back(format(value) + " on " + name);
  return listed(words, 4);
}

Line cpu(const HostFacts& host) {
  const Draft draft("cpu", "processors", std::to_string(kCpusWanted) + " or more where images are built");
  if (host.cpus == 0) return draft.skipped("their number is not known");
  const std::string found = std::to_string(host.cpus) + " on this machine";
  if (host.cpus >= kCpusWanted) return draft.ok(found);
  return draft.warning(found, "build on machines with more (`farmctl agents` lists them), or give Docker's virtual machine more");
}

Line memory(const Facts& facts) {
  const Draft draft("memory", "memory", "8 GB or more where images are built");
  std::vector<std::pair<std::string, std::uint64_t>> all;
  if (facts.host.memory_bytes > 0) all.emplace_back("this machine", facts.host.memory_bytes);
  for (const AgentStatus& agent : facts.farm.agents) {
    if (agent.memory_total_bytes > 0) all.emplace_back(agent.name, agent.memory_total_bytes);
  }
  if (all.empty()) return draft.skipped("its size is not known");
  const std::string found = by_machine(all, format_bytes);
  const bool little = std::any_of(all.begin(), all.end(), [](const auto& each) { return each.second + kMemoryTolerance < kMemoryWanted; });
  if (!little) return draft.ok(found);
  return draft.warning(found, "fewer slots on the small ones (`slots` in agent.yaml), or more memory: rustc needs 1 to 2 GB a job");
}

Line disk(const Facts& facts) {
  const Draft draft("disk", "free disk", format_bytes(kDiskWanted) + " or more where images are built");
  std::vector<std::pair<std::string, std::uint64_t>> all;
  if (!facts.host.disk_folder.empty()) all.emplace_back("this machine (" + facts.host.disk_folder + ")", facts.host.disk_free_bytes);
  for (const AgentStatus& agent : facts.farm.agents) {
    if (agent.state != "lost") all.emplace_back(agent.name, agent.disk_free_bytes);
  }
  if (all.empty()) return draft.skipped("it is not known");
  const std::string found = by_machine(all, format_bytes);
  std::uint64_t least = all.front().second;
  for (const auto& [name, bytes] : all) least = std::min(least, bytes);
  const std::string mend = "`farmctl du` says what takes the space, `farmctl prune` frees what is old";
  if (least < kDiskLeast) return draft.broken(found, mend);
  return least < kDiskWanted ? draft.warning(found, mend) : draft.ok(found);
}

}  // namespace

void examine_host(const Facts& facts, std::vector<Line>& lines) {
  const Draft version("farmctl", "farmctl", "the coordinator's version");
  const std::string& theirs = facts.farm.version;
  if (theirs.empty() || theirs == facts.host.farmctl_version) {
    lines.push_back(version.ok("version " + facts.host.farmctl_version + "; `farmctl --help` lists its verbs"));
  } else {
    lines.push_back(version.warning("version " + facts.host.farmctl_version + ", the coordinator has " + theirs,
                                    "install the coordinator's version: an older program does not know what a newer one tells"));
  }
  lines.push_back(environment(facts.host));
  lines.push_back(key(facts.key));
  lines.push_back(cpu(facts.host));
  lines.push_back(memory(facts));
  lines.push_back(disk(facts));
}

}  // namespace farm::ctl::doctor
