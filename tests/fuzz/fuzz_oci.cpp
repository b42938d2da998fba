// Any bytes as an image name, a manifest, and a WWW-Authenticate header; the first byte chooses.
#include <cstdint>
#include <string_view>

#include "shared/base/assert.hpp"
#include "shared/oci/challenge.hpp"
#include "shared/oci/image_ref.hpp"
#include "shared/oci/manifest.hpp"

namespace {

using namespace farm;

void image_name(std::string_view text) {
  const Result<oci::ImageRef> ref = oci::parse_image_ref(text);
  if (!ref) return;
  FARM_ASSERT(oci::valid_repository(ref->repository) && (ref->tag.empty() || oci::valid_tag(ref->tag)));
  const Result<oci::ImageRef> again = oci::parse_image_ref(ref->full());
  FARM_ASSERT(again && *again == *ref);
  const Result<oci::ImageRef> familiar = oci::parse_image_ref(ref->familiar());
  FARM_ASSERT(familiar && *familiar == *ref);
}

void manifest(std::string_view text) {
  const Result<oci::ManifestContent> content = oci::parse_manifest(text);
  if (!content) return;
  static_cast<void>(content->blob_bytes());
  if (content->is_index) static_cast<void>(oci::choose_platform(*content, "linux/amd64").has_value());
}

void challenge(std::string_view text) {
  for (const oci::Challenge& one : oci::parse_challenges(text)) FARM_ASSERT(!one.scheme.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0: image_name(text); break;
    case 1: manifest(text); break;
    default: challenge(text); break;
  }
  return 0;
}
