#include "shared/oci/resolver.hpp"

#include <utility>

#include "shared/oci/json.hpp"
#include "shared/oci/manifest.hpp"

namespace farm::oci {
namespace {

constexpr std::uint64_t kConfigBytesMax = 4U << 20U;

// The platform of an image that is no index stands in its config.
Result<std::string> platform_of_config(RegistryClient& client, const std::string& repository, const Descriptor& config) {
  std::string text;
  const Result<std::uint64_t> pulled = client.pull_blob(repository, config.digest, kConfigBytesMax, [&text](std::string_view bytes) {
    text += bytes;
    return Result<void>();
  });
  if (!pulled) return pulled.error();
  const Result<nlohmann::json> parsed = parse_json(text, kConfigBytesMax, "reading the image config " + config.digest.short_hex());
  if (!parsed) return parsed.error();
  std::string platform = text_member(*parsed, "os", 64) + "/" + text_member(*parsed, "architecture", 64);
  if (const std::string variant = text_member(*parsed, "variant", 64); !variant.empty()) platform += "/" + variant;
  return platform;
}

}  // namespace

Registries::Registries(RegistryOptions options) : options_(std::move(options)) {
  if (!options_.credentials) options_.credentials = docker_credentials();
}

RegistryClient& Registries::at(const std::string& address) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<RegistryClient>& client = clients_[address];
  if (!client) client = std::make_unique<RegistryClient>(address, options_);
  return *client;
}

Result<ResolvedImage> Registries::resolve(const ImageRef& ref, const std::string& platform) {
  std::optional<Error> first;  // the mirrors' errors matter only where the registry itself has none better
  for (const std::string& address : options_.hosts.addresses_of(ref.registry)) {
    Result<ResolvedImage> resolved = resolve_at(at(address), ref, platform);
    if (resolved) return resolved;
    const ErrorKind kind = resolved.error().kind;
    const bool at_mirror = address != ref.registry;
    if (!at_mirror) {
      Error error = resolved.error();
      if (first) error.message += " (and at its mirror: " + first->message + ")";
      return error;
    }
    if (!first) first = resolved.error();
    if (kind != ErrorKind::NotFound && !is_retryable(kind)) return std::move(resolved).error().with("asking the mirror " + address);
  }
  FARM_ASSERT(first.has_value());
  return *first;
}

Result<ResolvedImage> Registries::resolve_at(RegistryClient& client, const ImageRef& ref, const std::string& platform) {
  const std::string doing = "resolving the image " + ref.familiar();
  ResolvedImage resolved{ref, {}, "", std::nullopt, client.address()};
  if (platform.empty()) {
    // HEAD doesn't count against a public registry's pull limit.
    const Result<std::optional<ManifestHead>> head = client.head_manifest(ref.repository, ref.reference());
    if (!head) return head.error().with(doing);
    if (!*head) return Error{ErrorKind::NotFound, doing + ": the registry " + client.address() + " has no such image"};
    resolved.digest = (*head)->digest;
    resolved.media_type = (*head)->media_type;
    return resolved;
  }
  const Result<Manifest> manifest = client.get_manifest(ref.repository, ref.reference());
  if (!manifest) return manifest.error().with(doing);
  const Result<ManifestContent> content = parse_manifest(manifest->bytes);
  if (!content) return content.error().with(doing);
  resolved.digest = manifest->digest;
  resolved.media_type = manifest->media_type;
  if (content->is_index) {
    const Result<Descriptor> entry = choose_platform(*content, platform);
    if (!entry) return entry.error().with(doing);
    resolved.platform_digest = entry->digest;
    return resolved;
  }
  const Result<std::string> has = platform_of_config(client, ref.repository, content->config);
  if (!has) return has.error().with(doing);
  ManifestContent alone;
  alone.entries = {{manifest->media_type, manifest->digest, manifest->bytes.size(), *has}};
  const Result<Descriptor> fits = choose_platform(alone, platform);
  if (!fits) return fits.error().with(doing);
  resolved.platform_digest = manifest->digest;
  return resolved;
}

}  // namespace farm::oci
