#include "farmctl/client/slice_memory.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include <unistd.h>

#include "shared/context/slice_listing.hpp"
#include "shared/snapshot/snapshot.hpp"

namespace farm::ctl {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "farmslice1\n";
constexpr std::size_t kHexBytes = 64;

RememberedFiles files_of(const PlannedSlice& planned) {
  RememberedFiles files;
  for (const SliceFile& file : planned.slice.files) {
    files.emplace(planned.directory.empty() ? file.path : planned.directory + "/" + file.path, content_and_mode(file));
  }
  return files;
}

bool write_whole(const std::string& file, const std::string& bytes) {
  const std::string temporary = file + "." + std::to_string(::getpid());
  std::error_code failed;
  {
    std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) {
      fs::remove(temporary, failed);
      return false;
    }
  }
  fs::rename(temporary, file, failed);
  return !failed;
}

}  // namespace

std::string default_slice_memory() {
  const std::string index = default_index_file("/");
  return index.empty() ? "" : (fs::path(index).parent_path().parent_path() / "slices").string();
}

std::string encode_slice_files(const RememberedFiles& files) {
  std::string bytes(kMagic);
  for (const auto& [path, digest] : files) bytes += digest.hex() + path + '\0';
  return bytes;
}

Result<RememberedFiles> decode_slice_files(std::string_view bytes) {
  const auto damaged = [](const char* what) { return Error{ErrorKind::Corrupt, std::string("remembered files of a slice: ") + what}; };
  if (!bytes.starts_with(kMagic)) return damaged("another format");
  bytes.remove_prefix(kMagic.size());
  RememberedFiles files;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\0');
    if (end == std::string_view::npos || end <= kHexBytes) return damaged("the end is missing");
    const Result<Digest> digest = parse_digest("sha256:" + std::string(bytes.substr(0, kHexBytes)));
    if (!digest) return damaged("no digest");
    files.emplace(bytes.substr(kHexBytes, end - kHexBytes), *digest);
    bytes.remove_prefix(end + 1);
  }
  return files;
}

void SliceMemory::remember(const std::vector<PlannedSlice>& slices) const {
  if (folder_.empty()) return;
  std::error_code failed;
  fs::create_directories(folder_, failed);
  if (failed) return;
  bool wrote = false;
  for (const PlannedSlice& planned : slices) {
    if (!is_told_of(planned.slice.name)) continue;
    const std::string file = file_of(planned.slice.id);
    if (fs::exists(file, failed)) {
      fs::last_write_time(file, fs::file_time_type::clock::now(), failed);
      continue;
    }
    const std::string bytes = encode_slice_files(files_of(planned));
    if (bytes.size() <= limits_.slice_bytes_max) wrote = write_whole(file, bytes) || wrote;
  }
  if (wrote) drop_old();
}

std::optional<RememberedFiles> SliceMemory::find(const Digest& slice) const {
  if (folder_.empty()) return std::nullopt;
  std::ifstream in(file_of(slice), std::ios::binary);
  std::string bytes;
  bytes.reserve(4'096);
  for (std::istreambuf_iterator<char> at(in), end; at != end; ++at) {
    if (bytes.size() > limits_.slice_bytes_max) return std::nullopt;
    bytes += *at;
  }
  Result<RememberedFiles> files = decode_slice_files(bytes);
  return files ? std::optional(std::move(*files)) : std::nullopt;
}

void SliceMemory::drop_old() const {
  struct Kept {
    fs::file_time_type used;
    fs::path file;
    std::uint64_t bytes = 0;
  };
  std::vector<Kept> kept;
  std::uint64_t total = 0;
  std::error_code failed;
  for (auto entry = fs::directory_iterator(folder_, failed); !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
    std::error_code gone;
    const std::uint64_t bytes = entry->file_size(gone);
    if (gone) continue;
    kept.push_back({entry->last_write_time(gone), entry->path(), bytes});
    total += bytes;
  }
  std::sort(kept.begin(), kept.end(), [](const Kept& a, const Kept& b) { return std::pair(a.used, a.file) < std::pair(b.used, b.file); });
  std::size_t count = kept.size();
  for (const Kept& oldest : kept) {
    if (count <= limits_.slices_max && total <= limits_.bytes_max) return;
    fs::remove(oldest.file, failed);
    --count;
    total -= oldest.bytes;
  }
}

}  // namespace farm::ctl
