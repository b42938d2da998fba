// Purpose: who uses which result, slice and cache, and when: written with each submission, read by prune, clean and du. A use is written
// again only after kUseStale, so that an unchanged resubmission writes next to nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "coordinator/admission/admission.hpp"
#include "coordinator/app/core.hpp"
#include "coordinator/store/store.hpp"
#include "coordinator/upkeep/inventory.hpp"

namespace farm::coordinator {

constexpr Millis kUseStale{3'600'000};
inline constexpr const char* kCacheRepository = "farm/cache";  // where agents put caches (agent/build/buildx_command.cpp)

// Adds to the batch: results that hit, slices of the plan, caches of jobs that run; and the hits as the newest results of their names.
void note_uses(const Core& core, const Plan& plan, const std::string& zone, const admission::Admission& admission, store::Batch& batch);

// True where it changed: the time is newer by kUseStale, or the project is new.
bool note_use(std::int64_t& used_ms, std::vector<std::string>& users, const std::string& project, std::int64_t now_ms);

// The tag of a job's cache in kCacheRepository; each zone has its own.
std::string cache_tag(const std::string& cache_name, const std::string& zone);

// Records of caches: their tag → who used them.
std::string cache_use_key(std::string_view tag);
std::string cache_use_value(const upkeep::KnownCache& cache);
Result<upkeep::KnownCache> parse_cache_use(std::string_view value);
inline constexpr std::string_view kCacheUsePrefix = "cache.";

// `clean` leaves one for each job of the project: the next run of it uses no cache, and removes the mark when it has succeeded.
std::string cold_key(std::string_view project, std::string_view job);

}  // namespace farm::coordinator
