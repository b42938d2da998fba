#include "shared/oci/manifest.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "shared/oci/json.hpp"

namespace farm::oci {
namespace {

using nlohmann::json;

constexpr std::size_t kJsonBytesMax = 4U << 20U;
constexpr std::size_t kDescriptorsMax = 10'000;
constexpr std::size_t kTextBytesMax = 256;

Error corrupt(const std::string& what) { return {ErrorKind::Corrupt, "reading an image manifest: " + what}; }

std::string platform_of(const json& entry) {
  const json* platform = member(entry, "platform");
  if (platform == nullptr) return "";
  std::string text = text_member(*platform, "os", kTextBytesMax) + "/" + text_member(*platform, "architecture", kTextBytesMax);
  const std::string variant = text_member(*platform, "variant", kTextBytesMax);
  if (!variant.empty()) text += "/" + variant;
  return text == "/" ? "" : text;
}

Result<Descriptor> descriptor_of(const json& value) {
  if (!value.is_object()) return corrupt("a descriptor is not an object");
  Descriptor made;
  made.media_type = text_member(value, "mediaType", kTextBytesMax);
  const Result<Digest> digest = parse_digest(text_member(value, "digest", kTextBytesMax));
  if (!digest) return corrupt(digest.error().message);
  made.digest = *digest;
  const json* size = member(value, "size");
  if (size == nullptr || !size->is_number_unsigned()) return corrupt("a descriptor without a size");
  made.bytes = size->get<std::uint64_t>();
  if (made.bytes > (1ULL << 50U)) return corrupt("a descriptor with an impossible size");
  made.platform = platform_of(value);
  return made;
}

Result<std::vector<Descriptor>> descriptors_of(const json& list) {
  if (!list.is_array()) return corrupt("its list of blobs is not a list");
  if (list.size() > kDescriptorsMax) return Error{ErrorKind::Overloaded, "reading an image manifest: more than 10,000 entries"};
  std::vector<Descriptor> all;
  for (const json& value : list) {
    Result<Descriptor> one = descriptor_of(value);
    if (!one) return one.error();
    all.push_back(*std::move(one));
  }
  return all;
}

json to_json(const Descriptor& descriptor) {
  json value = {{"mediaType", descriptor.media_type}, {"digest", descriptor.digest.oci()}, {"size", descriptor.bytes}};
  if (descriptor.platform.empty()) return value;
  const std::string& text = descriptor.platform;
  const std::size_t first = std::min(text.find('/'), text.size());
  const std::size_t second = std::min(text.find('/', first + 1), text.size());
  value["platform"] = {{"os", text.substr(0, first)}};
  if (first < text.size()) value["platform"]["architecture"] = text.substr(first + 1, second - first - 1);
  if (second < text.size()) value["platform"]["variant"] = text.substr(second + 1);
  return value;
}

}  // namespace

std::uint64_t ManifestContent::blob_bytes() const {
  std::uint64_t sum = config.bytes;
  for (const Descriptor& layer : layers) sum += layer.bytes;
  return sum;
}

Result<ManifestContent> parse_manifest(std::string_view text) {
  const Result<json> parsed = parse_json(text, kJsonBytesMax, "reading an image manifest");
  if (!parsed) return parsed.error();
  if (const json* version = member(*parsed, "schemaVersion"); version != nullptr && *version == 1) {
    return Error{ErrorKind::Unsupported, "reading an image manifest: schema 1 is too old; push the image again with a current Docker"};
  }
  ManifestContent content;
  content.media_type = text_member(*parsed, "mediaType", kTextBytesMax);
  if (const json* entries = member(*parsed, "manifests"); entries != nullptr) {
    content.is_index = true;
    Result<std::vector<Descriptor>> list = descriptors_of(*entries);
    if (!list) return list.error();
    content.entries = *std::move(list);
    return content;
  }
  const json* config = member(*parsed, "config");
  const json* layers = member(*parsed, "layers");
  if (config == nullptr || layers == nullptr) return corrupt("it has neither 'manifests' nor 'config' and 'layers'");
  Result<Descriptor> config_descriptor = descriptor_of(*config);
  if (!config_descriptor) return config_descriptor.error();
  content.config = *std::move(config_descriptor);
  Result<std::vector<Descriptor>> list = descriptors_of(*layers);
  if (!list) return list.error();
  content.layers = *std::move(list);
  return content;
}

Result<Descriptor> choose_platform(const ManifestContent& index, const std::string& platform) {
  const Descriptor* near = nullptr;
  std::string there;
  for (const Descriptor& entry : index.entries) {
    if (entry.platform == platform) return entry;
    if (near == nullptr && entry.platform.starts_with(platform + "/")) near = &entry;
    // "linux/arm64/v8" is what "linux/arm64" means, so the exact question may be longer than the entry.
    if (near == nullptr && !entry.platform.empty() && platform == entry.platform + "/v8") near = &entry;
    if (!entry.platform.empty() && !entry.platform.starts_with("unknown")) there += (there.empty() ? "" : ", ") + entry.platform;
  }
  if (near != nullptr) return *near;
  return Error{ErrorKind::NotFound, "the image has no platform " + platform + "; it has " + (there.empty() ? "none" : there)};
}

std::string make_index(const std::vector<Descriptor>& entries) {
  json list = json::array();
  for (const Descriptor& entry : entries) list.push_back(to_json(entry));
  return json{{"schemaVersion", 2}, {"mediaType", kOciIndexType}, {"manifests", list}}.dump();
}

std::string make_artifact_manifest(const std::string& artifact_type, const Descriptor& layer) {
  // The config's media type says what it is where a registry doesn't know artifactType yet.
  return json{{"schemaVersion", 2},
              {"mediaType", kOciManifestType},
              {"artifactType", artifact_type},
              {"config", {{"mediaType", "application/vnd.oci.empty.v1+json"}, {"digest", std::string(kEmptyConfigDigest)}, {"size", 2}}},
              {"layers", json::array({to_json(layer)})}}
      .dump();
}

}  // namespace farm::oci
