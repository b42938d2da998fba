#include "coordinator/app/explain_files.hpp"

#include <algorithm>
#include <utility>

#include "coordinator/store/records.hpp"
#include "shared/context/slice_listing.hpp"

namespace farm::coordinator {
namespace {

constexpr std::size_t kPathShownMax = 300;

// Paths go to other people's terminals, where a control character is a command.
std::string shown(const std::string& directory, const std::string& path) {
  std::string text = (directory.empty() ? path : directory + "/" + path).substr(0, kPathShownMax);
  std::replace_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return text;
}

std::string directory_of(const Plan& plan, const std::vector<std::string>& digests) {
  const Result<Digest> id = digests.size() == 1 ? parse_digest(digests.front()) : Digest{};
  const auto found = std::find_if(plan.slices.begin(), plan.slices.end(), [&](const SliceInfo& slice) { return id && slice.id == *id; });
  return found == plan.slices.end() ? "" : found->directory;
}

std::size_t paths_in(const std::vector<SliceChange>& slices) {
  std::size_t count = 0;
  for (const SliceChange& slice : slices) count += slice.changed.size() + slice.added.size() + slice.removed.size();
  return count;
}

}  // namespace

std::optional<history::FileDigests> SliceFiles::files_of(const std::vector<std::string>& digests) {
  if (digests.empty()) return history::FileDigests{};
  const Result<Digest> id = digests.size() == 1 ? parse_digest(digests.front()) : Error{ErrorKind::InvalidInput, "several"};
  if (!id || bytes_read_ >= kListingBytesReadMax) return std::nullopt;
  const Result<protocol::SliceListing> listing = store::get_listing(store_, *id);
  if (!listing) return std::nullopt;
  bytes_read_ += listing->files.size();
  const Result<std::vector<SliceFile>> listed = decode_listing(listing->files, *id);
  if (!listed) return std::nullopt;
  history::FileDigests files;
  for (const SliceFile& file : *listed) files.emplace(file.path, content_and_mode(file));
  return files;
}

void SliceFiles::compare(const InputChange& change, const Plan& plan, std::vector<SliceChange>& slices) {
  if (!change.name.starts_with("slice ") || change.before == change.after) return;
  const std::optional<history::FileDigests> before = files_of(change.before);
  const std::optional<history::FileDigests> after = before ? files_of(change.after) : std::nullopt;
  if (!before || !after || *before == *after) return;
  const history::FileChanges changes = history::compare_files(*before, *after);
  const std::string directory = directory_of(plan, change.after);
  SliceChange told{change.name, {}, {}, {}, 0};
  std::size_t room = std::min(history::kFilesPerSliceMax, kFilesShownMax - std::min(kFilesShownMax, paths_in(slices)));
  const auto add = [&](const std::vector<std::string>& paths, std::vector<std::string>& to) {
    for (const std::string& path : paths) {
      if (room == 0) {
        ++told.left_off;
      } else {
        to.push_back(shown(directory, path));
        --room;
      }
    }
  };
  add(changes.changed, told.changed);
  add(changes.added, told.added);
  add(changes.removed, told.removed);
  slices.push_back(std::move(told));
}

}  // namespace farm::coordinator
