// Purpose: what the registry holds and what farm's records know of it, joined: one Unit per manifest, with everything that stands on it.
// Pure. Limits: those of the survey (coordinator/app/registry_survey.hpp) and of the records.
//
// Sizes: a registry keeps each blob once, however many manifests name it, so bytes are always counted over sets of blobs.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "shared/base/digest.hpp"
#include "shared/model/job.hpp"

namespace farm::upkeep {

struct Blob {
  Digest digest;
  std::uint64_t bytes = 0;
};

// As the registry has it. The manifest itself is one of the blobs.
struct StoredManifest {
  std::string repository;
  Digest digest;
  std::vector<std::string> tags;
  std::vector<Blob> blobs;
};

struct Survey {
  std::vector<StoredManifest> manifests;  // each (repository, digest) once
  bool complete = true;                   // false: more than could be looked at, or a registry without a catalog
  bool cut_short = false;                 // ended before every tag was looked at
  std::string problem;                    // why not
  std::int64_t begun_ms = 0;
};

struct KnownResult {
  Digest key;
  JobKind kind = JobKind::Image;
  std::string name;
  std::string project;
  std::vector<std::string> users;  // projects that hit or made it; empty in old records
  std::string repository;
  Digest image;
  std::int64_t used_ms = 0;  // made or hit
};
struct KnownSlice {
  Digest id;
  Digest blob;
  std::uint64_t bytes = 0;
  std::int64_t used_ms = 0;
  std::vector<std::string> users;
};
struct KnownCache {
  std::string project;
  std::int64_t used_ms = 0;
};

// What must stay whatever its age.
struct InUse {
  std::set<Digest> keys;            // of open builds, of jobs that are not over, and of the results below them
  std::set<Digest> slices;          // ids
  std::set<Digest> images;          // digests of results that are being verified or published
  std::set<std::string> caches;     // tags in the cache repository
  std::set<std::string> keep_tags;  // of results that are being made: "k-…"
};

struct Facts {
  Survey survey;
  std::vector<KnownResult> results;
  std::vector<KnownSlice> slices;
  std::map<std::string, KnownCache> caches;  // tag in the cache repository → who used it
  std::set<Digest> newest;                   // keys of the newest result of each project's jobs
  InUse in_use;
  std::string slice_repository = "farm/slices";
  std::string cache_repository = "farm/cache";
};

enum class UnitKind : std::uint8_t { Slices, Deps, Crates, Compile, Image, Cache, Other };
std::string_view to_string(UnitKind kind);

// One manifest with the records that name it; or a record whose manifest the registry lacks (no blobs then).
struct Unit {
  UnitKind kind = UnitKind::Other;
  std::string repository;
  Digest digest;  // empty: a slice whose manifest is gone
  std::vector<std::string> tags;
  std::vector<Blob> blobs;
  std::vector<Digest> keys;    // of results
  std::vector<Digest> slices;  // ids
  Digest slice_blob;           // of a slice: what agents call it in their caches
  std::string name;            // for people
  std::set<std::string> projects;
  std::int64_t used_ms = 0;   // 0: unknown
  bool published = false;     // has a tag that is not one of farm's own, or may have one (see Survey::cut_short)
  bool newest_image = false;  // some service's newest image
  bool in_use = false;        // see InUse, or used since the survey began
  [[nodiscard]] bool known() const { return !keys.empty() || !slices.empty() || (kind == UnitKind::Cache && used_ms != 0); }
  [[nodiscard]] std::string project() const;  // "" unknown, "(shared)" several
};

std::vector<Unit> units_of(const Facts& facts);

// Every blob once.
std::uint64_t bytes_of(const std::vector<Unit>& units);

// "k-…" and "s-…": tags that farm sets itself, and that say nothing about publishing.
bool is_own_tag(std::string_view tag);

}  // namespace farm::upkeep
