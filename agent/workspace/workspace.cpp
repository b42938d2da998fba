#include "agent/workspace/workspace.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <thread>

#include "shared/archive/slice_archive.hpp"
#include "shared/hash/sha256.hpp"

namespace farm::workspace {
namespace fs = std::filesystem;

namespace {

Error disk_error(const std::string& doing, const std::error_code& code) {
  const bool full = code == std::errc::no_space_on_device;
  return Error{full ? ErrorKind::Overloaded : ErrorKind::Unavailable, doing + ": " + code.message()};
}

Result<void> make_directory(const std::string& path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (code) return disk_error("creating " + path, code);
  return {};
}

Result<void> make_empty_directory(const std::string& path) {
  std::error_code code;
  fs::remove_all(path, code);
  if (code) return disk_error("removing " + path, code);
  return make_directory(path);
}

Result<void> write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) return Error{ErrorKind::Overloaded, "writing " + path + " failed: see that the agent's disk is not full"};
  const FileTime time = mtime_of(sha256(text), SliceAge::Fresh);
  const timespec times[2] = {{time.seconds, time.nanoseconds}, {time.seconds, time.nanoseconds}};
  ::utimensat(AT_FDCWD, path.c_str(), times, 0);
  return {};
}

// Every slice that the job unpacks, once.
std::set<Digest> slices_of(const protocol::StartJob& start) {
  std::set<Digest> ids;
  for (const SliceUse& use : context_slices(start)) ids.insert(use.id);
  for (const NamedContext& context : start.spec.contexts) {
    for (const SliceUse& use : context.slices) ids.insert(use.id);
  }
  return ids;
}

// `per_content`: a name that no other content has, for disks where an mtime can't tell contents apart.
std::string context_name(const protocol::StartJob& start, bool per_content) {
  KeyHasher hash("farm.context-directory");
  hash.field("build", start.build_name).field("job", start.spec.name);
  if (per_content) {
    for (const SliceUse& use : context_slices(start)) hash.field("slice", use.id).field("old", use.compiled_below ? 1U : 0U);
    for (const NamedContext& context : start.spec.contexts) {
      for (const SliceUse& use : context.slices) hash.field(context.name, use.id);
    }
  }
  return "c-" + hash.finish().short_hex();
}

// Some file systems end in 2038 and would give every fresh file the same mtime.
bool keeps_mtimes(const std::string& directory) {
  const std::string path = directory + "/mtime-probe";
  const Result<void> written = write_file(path, "probe");
  const FileTime wanted = mtime_of(sha256("probe"), SliceAge::Fresh);
  struct stat info{};
  const bool kept =
      written && ::stat(path.c_str(), &info) == 0 && info.st_mtim.tv_sec == wanted.seconds && info.st_mtim.tv_nsec == wanted.nanoseconds;
  std::error_code ignored;
  fs::remove(path, ignored);
  return kept;
}

}  // namespace

const std::vector<SliceUse>& context_slices(const protocol::StartJob& start) {
  return start.full_context && !start.spec.full_slices.empty() ? start.spec.full_slices : start.spec.slices;
}

JobFiles::~JobFiles() {
  std::error_code ignored;
  fs::remove_all(directory_, ignored);  // doesn't follow links
}

Result<std::unique_ptr<Workspace>> Workspace::open(const std::string& directory, std::uint64_t slice_cache_bytes_max) {
  if (Result<void> made = make_empty_directory(directory + "/jobs"); !made) return made.error();
  Result<std::unique_ptr<SliceCache>> cache = SliceCache::open(directory + "/slices", slice_cache_bytes_max);
  if (!cache) return cache.error();
  const bool per_content = !keeps_mtimes(directory + "/jobs");
  return std::unique_ptr<Workspace>(new Workspace(directory, std::move(*cache), per_content));
}

Result<std::unique_ptr<JobFiles>> Workspace::lay_out(const protocol::StartJob& start, const std::string& dockerignore, BlobSource& source,
                                                     std::stop_token stop) {
  const std::string root = directory_ + "/jobs/" + to_string(start.job) + "-" + to_string(start.fence);
  auto files = std::make_unique<JobFiles>(root);
  files->context = root + "/" + context_name(start, names_per_content_);
  files->dockerfile = root + "/build/Dockerfile";
  files->metadata = root + "/metadata.json";
  if (Result<void> made = make_empty_directory(root); !made) return made.error();
  if (Result<void> made = make_directory(root + "/build"); !made) return made.error();
  if (Result<void> written = write_file(files->dockerfile, start.spec.dockerfile); !written) return written.error();
  if (Result<void> written = write_file(files->dockerfile + ".dockerignore", dockerignore); !written) return written.error();

  Job job{start, source, std::move(stop), *files};
  Result<Pins> pins = fetch_all(job);
  if (!pins) return std::move(pins.error()).with("fetching the sources of \"" + start.spec.name + "\"");
  if (Result<void> unpacked = unpack_all(job, *pins); !unpacked) {
    return unpacked.error().with("laying out the sources of \"" + start.spec.name + "\"");
  }
  return files;
}

Result<Workspace::Pins> Workspace::fetch_all(Job& job) {
  std::map<Digest, Digest> blob_of;
  for (const protocol::SliceBlob& blob : job.start.blobs) blob_of[blob.id] = blob.blob;
  struct Wanted {
    Digest id;
    Digest blob;
    std::optional<Result<SliceCache::Pin>> pin;
    std::uint64_t fetched = 0;
  };
  std::vector<Wanted> wanted;
  for (const Digest& id : slices_of(job.start)) {
    const auto blob = blob_of.find(id);
    if (blob == blob_of.end()) return Error{ErrorKind::Internal, "the assignment names no blob for the slice " + id.short_hex()};
    wanted.push_back({id, blob->second, std::nullopt, 0});
  }

  std::atomic<std::size_t> next = 0;
  std::atomic<bool> failed = false;
  const auto work = [&] {
    for (std::size_t index = next++; index < wanted.size() && !failed; index = next++) {
      Wanted& item = wanted[index];
      const SliceCache::Fetch fetch = [&](const std::string& file) { return job.source.pull(item.blob, kBlobBytesMax, file, job.stop); };
      item.pin.emplace(cache_->acquire(item.blob, fetch, item.fetched));
      if (!*item.pin) failed = true;
    }
  };
  {
    std::vector<std::jthread> helpers;
    while (helpers.size() + 1 < std::min(kParallelFetches, wanted.size())) helpers.emplace_back(work);
    work();
  }
  Pins pins;
  for (Wanted& item : wanted) {
    job.files.fetched_bytes += item.fetched;
    if (item.pin && !*item.pin) return item.pin->error();
    if (item.pin) pins.emplace(item.id, std::move(**item.pin));
  }
  return pins;
}

Result<void> Workspace::unpack_all(Job& job, Pins& pins) {
  if (Result<void> done = unpack_into(job, pins, job.files.context, context_slices(job.start)); !done) return done;
  std::size_t number = 0;
  for (const NamedContext& context : job.start.spec.contexts) {
    if (context.image) continue;
    const std::string directory =
        job.files.directory() + "/named-" + std::to_string(number++) + "/" + context_name(job.start, names_per_content_);
    if (Result<void> done = unpack_into(job, pins, directory, context.slices); !done) return done;
    job.files.named[context.name] = directory;
  }
  return {};
}

// A blob that turns out to be damaged on this host's disk is fetched once more before the job fails.
Result<void> Workspace::unpack_into(Job& job, Pins& pins, const std::string& directory, const std::vector<SliceUse>& uses) {
  Digest damaged;
  Result<void> done = unpack_once(job, pins, directory, uses, damaged);
  if (done || damaged.empty()) return done;
  const SliceCache::Pin& pin = pins.at(damaged);
  const SliceCache::Fetch fetch = [&](const std::string& file) { return job.source.pull(pin.blob(), kBlobBytesMax, file, job.stop); };
  if (Result<void> again = cache_->fetch_again(pin, fetch, job.files.fetched_bytes); !again) return again;
  return unpack_once(job, pins, directory, uses, damaged);
}

Result<void> Workspace::unpack_once(Job& job, const Pins& pins, const std::string& directory, const std::vector<SliceUse>& uses,
                                    Digest& damaged) {
  damaged = Digest{};
  if (Result<void> made = make_empty_directory(directory); !made) return made;
  std::uint64_t bytes = 0;
  for (const SliceUse& use : uses) {
    if (job.stop.stop_requested()) return Error{ErrorKind::Cancelled, "the job was cancelled"};
    const SliceAge age = use.compiled_below ? SliceAge::Old : SliceAge::Fresh;
    const Result<UnpackedSlice> unpacked = unpack_slice(pins.at(use.id).path(), directory, age);
    if (!unpacked) {
      if (unpacked.error().kind == ErrorKind::Corrupt || unpacked.error().kind == ErrorKind::NotFound) damaged = use.id;
      return unpacked.error().with("slice " + use.id.short_hex());
    }
    if (unpacked->id != use.id) {
      damaged = use.id;
      return Error{ErrorKind::Corrupt, "the blob that should hold the slice " + use.id.short_hex() + " holds " + unpacked->id.short_hex() +
                                           ": it was damaged or replaced in the registry"};
    }
    bytes += unpacked->bytes;
  }
  job.files.context_bytes += bytes;
  return {};
}

}  // namespace farm::workspace
