#include "farmctl/client/push_slices.hpp"

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "farmctl/render/text.hpp"
#include "shared/archive/slice_archive.hpp"
#include "shared/context/slice_listing.hpp"
#include "shared/oci/artifact.hpp"
#include "shared/oci/registry_client.hpp"

namespace farm::ctl {
namespace {

namespace fs = std::filesystem;

// A folder that goes away with its owner.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> make() {
    std::error_code error;
    const fs::path base = fs::temp_directory_path(error);
    std::string path = (base / "farmctl-XXXXXX").string();
    if (error || ::mkdtemp(path.data()) == nullptr) {
      return Error{ErrorKind::Unavailable, "making a temporary folder in " + base.string() + ": no room or no permission; set TMPDIR"};
    }
    return TemporaryFolder(path);
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace

Result<std::vector<protocol::SliceBlob>> push_slices(const ProjectPlan& plan, const std::string& tree_root,
                                                     const std::vector<Digest>& missing, const PushTarget& target,
                                                     const std::atomic<bool>& stop, const std::function<void(const std::string&)>& tell) {
  std::map<Digest, const PlannedSlice*> slices;
  for (const PlannedSlice& planned : plan.slices) slices[planned.slice.id] = &planned;
  Result<TemporaryFolder> folder = TemporaryFolder::make();
  if (!folder) return std::move(folder).error();
  oci::RegistryOptions options;
  if (target.insecure) options.hosts.insecure.insert(target.registry);
  oci::RegistryClient registry(target.registry, options);
  std::vector<protocol::SliceBlob> blobs;
  for (const Digest& id : missing) {
    if (stop.load()) return Error{ErrorKind::Cancelled, "interrupted"};
    const auto found = slices.find(id);
    if (found == slices.end())
      return Error{ErrorKind::Internal, "the coordinator asks for slice " + id.short_hex() + ", which the plan does not have"};
    const PlannedSlice& planned = *found->second;
    const std::string root = planned.directory.empty() ? tree_root : tree_root + "/" + planned.directory;
    const std::string file = folder->path() + "/" + id.hex();
    const Result<PackedSlice> packed = pack_slice(planned.slice, root, file);
    if (!packed) return packed.error().with("packing slice " + planned.slice.name);
    tell("pushing slice " + planned.slice.name + " (" + format_bytes(packed->bytes) + ")");
    const oci::Artifact artifact{packed->blob, packed->bytes, kSliceMediaType};
    const Result<void> pushed = oci::push_artifact(registry, target.repository, oci::tag_of_id(id), artifact, file,
                                                   [&](std::uint64_t, std::uint64_t) { return !stop.load(); });
    if (!pushed) return pushed.error().with("pushing slice " + planned.slice.name + " to " + target.registry);
    std::error_code ignored;
    fs::remove(file, ignored);
    blobs.push_back({id, packed->blob, packed->bytes});
  }
  return blobs;
}

std::vector<protocol::SliceListing> listings_of(const ProjectPlan& plan, const std::vector<protocol::SliceBlob>& pushed) {
  std::set<Digest> wanted;
  for (const protocol::SliceBlob& blob : pushed) wanted.insert(blob.id);
  std::vector<protocol::SliceListing> listings;
  std::size_t bytes = 0;
  for (const PlannedSlice& planned : plan.slices) {
    if (!is_told_of(planned.slice.name) || wanted.erase(planned.slice.id) == 0) continue;
    std::optional<std::string> files = encode_listing(planned.slice);
    if (!files || bytes + files->size() > protocol::kListingsBytesMax) continue;
    bytes += files->size();
    listings.push_back({planned.slice.id, std::move(*files)});
  }
  return listings;
}

}  // namespace farm::ctl
