// Any bytes as a slice's blob. The first byte says whether the rest is the blob itself or a tar that is compressed
// first (so that the fuzzer gets past zstd's checksum). What is accepted must be consistent: safe sorted paths, and the
// same id whether listed or unpacked.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "shared/archive/slice_archive.hpp"
#include "shared/base/assert.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string blob(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    std::string packed(ZSTD_compressBound(blob.size()), '\0');
    packed.resize(ZSTD_compress(packed.data(), packed.size(), blob.data(), blob.size(), 1));
    blob = std::move(packed);
  }
  const int memory = ::memfd_create("blob", MFD_CLOEXEC);
  FARM_ASSERT(::pwrite(memory, blob.data(), blob.size(), 0) == static_cast<ssize_t>(blob.size()));
  const std::string file = "/proc/self/fd/" + std::to_string(memory);
  const farm::UnpackLimits limits{100, 1U << 20U};
  const farm::Result<farm::Slice> listed = farm::list_slice(file, limits);
  if (listed) {
    FARM_ASSERT(listed->files.size() <= limits.files_max && listed->bytes <= limits.bytes_max);
    for (const farm::SliceFile& entry : listed->files) FARM_ASSERT(farm::check_slice_path(entry.path).has_value());
    std::string directory = (std::filesystem::temp_directory_path() / "farm_fuzz.XXXXXX").string();
    FARM_ASSERT(::mkdtemp(directory.data()) != nullptr);
    const farm::Result<farm::UnpackedSlice> unpacked = farm::unpack_slice(file, directory, farm::SliceAge::Old, limits);
    if (unpacked) FARM_ASSERT(unpacked->id == listed->id);
    std::filesystem::remove_all(directory);
  }
  ::close(memory);
  return 0;
}
