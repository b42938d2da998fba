#include "coordinator/app/registry_calls.hpp"

#include "shared/hash/sha256.hpp"
#include "shared/oci/artifact.hpp"
#include "shared/oci/image_ref.hpp"
#include "shared/oci/manifest.hpp"

namespace farm::coordinator {
namespace {

Error away(Error error, const std::string& address) {
  if (error.kind == ErrorKind::Unavailable || error.kind == ErrorKind::Timeout) {
    error.message += " (the farm's registry is " + address + ": see that it runs, `farmctl local status`, or correct registry.address)";
  }
  return error;
}

}  // namespace

oci::RegistryOptions registry_options(const config::CoordinatorConfig& config) {
  oci::RegistryOptions options;
  if (config.registry.insecure) options.hosts.insecure.insert(config.registry.address);
  for (const auto& [registry, mirror] : config.mirrors) {
    options.hosts.mirrors[registry].push_back(mirror);
    if (config.registry.insecure && mirror == config.registry.address) options.hosts.insecure.insert(mirror);
  }
  return options;
}

RegistryCalls::RegistryCalls(const config::CoordinatorConfig& config)
    : address_(config.registry.address), slice_repository_(config.registry.slice_repository), registries_(registry_options(config)) {}

RegistryAnswer RegistryCalls::perform(const RegistryRequest& request) {
  if (const auto* base = std::get_if<ResolveBase>(&request)) return BaseResolved{base->reference, resolve(*base)};
  if (const auto* result = std::get_if<CheckResult>(&request)) return ResultChecked{result->key, result->image, check(*result)};
  if (const auto* slice = std::get_if<FindSlice>(&request)) return SliceFound{slice->id, find(*slice), !slice->known};
  if (const auto* manifest = std::get_if<VerifyManifest>(&request)) {
    return ManifestVerified{manifest->job, manifest->fence, verify(*manifest)};
  }
  if (const auto* tag = std::get_if<MoveTag>(&request)) return TagMoved{*tag, move(*tag)};
  if (const auto* survey = std::get_if<SurveyRegistry>(&request)) {
    Result<upkeep::Survey> surveyed = upkeep_.survey(farm(), *survey);
    if (!surveyed) return RegistrySurveyed{away(surveyed.error(), address_)};
    return RegistrySurveyed{std::move(surveyed)};
  }
  if (const auto* erase = std::get_if<EraseManifests>(&request)) return upkeep_.erase(farm(), *erase);
  Result<void> pinged = farm().ping();
  if (!pinged) return RegistryPinged{away(pinged.error(), address_)};
  return RegistryPinged{{}};
}

Result<Digest> RegistryCalls::resolve(const ResolveBase& request) {
  const Result<oci::ImageRef> ref = oci::parse_image_ref(request.reference);
  if (!ref) return ref.error().with("base image '" + request.reference + "'");
  if (ref->pinned()) return ref->digest;
  const Result<oci::ResolvedImage> resolved = registries_.resolve(*ref);
  if (!resolved) return resolved.error().with("resolving base image '" + request.reference + "'");
  return resolved->digest;
}

Result<bool> RegistryCalls::check(const CheckResult& request) {
  EraseGuard::Use use(guard_);
  const Result<std::optional<oci::ManifestHead>> head = farm().head_manifest(request.repository, request.image.oci());
  if (!head) return away(head.error(), address_).with("looking for the result " + request.repository + "@" + request.image.oci());
  if (head->has_value()) use.of(request.image);
  return head->has_value();
}

Result<std::optional<protocol::SliceBlob>> RegistryCalls::find(const FindSlice& request) {
  EraseGuard::Use use(guard_);
  std::optional<protocol::SliceBlob> blob = request.known;
  if (!blob) {
    const auto artifact = oci::find_artifact(farm(), slice_repository_, oci::tag_of_id(request.id));
    if (!artifact) return away(artifact.error(), address_).with("looking for slice " + request.id.short_hex());
    if (!*artifact) return std::optional<protocol::SliceBlob>();
    blob = protocol::SliceBlob{request.id, (*artifact)->blob, (*artifact)->bytes};
  }
  const Result<std::optional<std::uint64_t>> bytes = farm().blob_bytes(slice_repository_, blob->blob);
  if (!bytes) return away(bytes.error(), address_).with("looking for slice " + request.id.short_hex());
  if (!*bytes) return std::optional<protocol::SliceBlob>();
  use.of(blob->blob);
  blob->id = request.id;
  blob->bytes = **bytes;
  return blob;
}

Result<void> RegistryCalls::verify(const VerifyManifest& request) {
  EraseGuard::Use use(guard_);
  const std::string place = request.repository + "@" + request.image.oci();
  const Result<oci::Manifest> manifest = farm().get_manifest(request.repository, request.image.oci());
  if (!manifest) return away(manifest.error(), address_).with("verifying " + place);
  if (sha256(manifest->bytes) != request.image)
    return Error{ErrorKind::Corrupt, "verifying " + place + ": the registry's manifest has another digest"};
  const Result<oci::ManifestContent> content = oci::parse_manifest(manifest->bytes);
  if (!content) return content.error().with("verifying " + place);
  use.of(request.image);
  if (request.keep_tag.empty()) return {};
  const auto put = farm().put_manifest(request.repository, request.keep_tag, manifest->media_type, manifest->bytes);
  if (!put) return away(put.error(), address_).with("keeping " + place);
  return {};
}

Result<void> RegistryCalls::move(const MoveTag& request) {
  EraseGuard::Use use(guard_);
  use.of(request.image);
  const std::string doing = "publishing " + request.repository + ":" + request.tag;
  const auto head = farm().head_manifest(request.repository, request.tag);
  if (head && *head && (*head)->digest == request.image) return {};
  if (!head && is_retryable(head.error().kind)) return away(head.error(), address_).with(doing);
  const Result<oci::Manifest> manifest = farm().get_manifest(request.from_repository, request.image.oci());
  if (!manifest) return away(manifest.error(), address_).with(doing);
  if (request.repository != request.from_repository) {
    if (auto copied = copy_here(request, *manifest); !copied) return away(copied.error(), address_).with(doing);
  }
  const auto put = farm().put_manifest(request.repository, request.tag, manifest->media_type, manifest->bytes);
  if (!put) return away(put.error(), address_).with(doing);
  if (*put != request.image) return Error{ErrorKind::Corrupt, doing + ": the registry took the manifest under another digest"};
  return {};
}

// A second name of an image in another repository: its blobs are mounted there, no byte moves.
Result<void> RegistryCalls::copy_here(const MoveTag& request, const oci::Manifest& manifest) {
  const Result<oci::ManifestContent> content = oci::parse_manifest(manifest.bytes);
  if (!content) return content.error();
  if (content->is_index) {
    return Error{ErrorKind::Unsupported, "the image is an index; name it in one repository only"};
  }
  std::vector<oci::Descriptor> blobs = content->layers;
  blobs.push_back(content->config);
  for (const oci::Descriptor& blob : blobs) {
    if (auto mounted = farm().mount_blob(request.repository, blob.digest, request.from_repository); !mounted) return mounted.error();
  }
  return {};
}

}  // namespace farm::coordinator
