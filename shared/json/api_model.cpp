#include "shared/json/api_model.hpp"

#include <algorithm>

namespace farm::api {

BuildBrief brief_of(const BuildStatus& status) {
  BuildBrief brief;
  brief.id = status.id;
  brief.project = status.project;
  brief.state = status.state;
  brief.reason = status.reason;
  brief.client = status.client;
  brief.created_ms = status.created_ms;
  brief.finished_ms = status.finished_ms;
  brief.jobs = static_cast<std::uint32_t>(status.jobs.size());
  brief.counters = status.counters;
  brief.jobs_done = static_cast<std::uint32_t>(
      std::count_if(status.jobs.begin(), status.jobs.end(), [](const JobStatus& job) { return is_final(job.state); }));
  for (const ServiceStatus& service : status.services) ++brief.services.at(static_cast<std::size_t>(service.result));
  return brief;
}

void HitCounts::add(const HitCounts& other) {
  hits += other.hits;
  misses += other.misses;
  for (const auto& [cause, count] : other.causes) causes[cause] += count;
}

std::array<HitCounts, kJobKinds> hits_of(const BuildStatus& status) {
  std::array<HitCounts, kJobKinds> counts;
  for (const JobStatus& job : status.jobs) {
    HitCounts& kind = counts.at(static_cast<std::size_t>(job.kind));
    if (job.state == JobState::Hit) {
      ++kind.hits;
      continue;
    }
    ++kind.misses;
    ++kind.causes[job.cause.empty() ? "unknown" : job.cause];
  }
  return counts;
}

std::size_t unfinished_tail(std::string_view bytes) {
  constexpr std::size_t kLongest = 4;
  for (std::size_t back = 1; back < kLongest && back <= bytes.size(); ++back) {
    const auto byte = static_cast<unsigned char>(bytes[bytes.size() - back]);
    if ((byte & 0xC0U) == 0x80U) continue;  // inside a character
    const std::size_t length = byte >= 0xF0U ? 4 : byte >= 0xE0U ? 3 : byte >= 0xC0U ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

}  // namespace farm::api
