// Purpose: reading and writing the JSON of OCI and Docker manifests and indexes. Pure over bytes; everything unknown is
// ignored.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/digest.hpp"
#include "shared/base/result.hpp"

namespace farm::oci {

constexpr const char* kOciManifestType = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* kOciIndexType = "application/vnd.oci.image.index.v1+json";
constexpr const char* kDockerManifestType = "application/vnd.docker.distribution.manifest.v2+json";
constexpr const char* kDockerIndexType = "application/vnd.docker.distribution.manifest.list.v2+json";

struct Descriptor {
  std::string media_type;
  Digest digest;
  std::uint64_t bytes = 0;
  std::string platform;  // "linux/amd64", "linux/arm/v7"; empty where none is named. Entries of an index only.
};

struct ManifestContent {
  bool is_index = false;
  std::string media_type;
  Descriptor config;                // of a manifest
  std::vector<Descriptor> layers;   // of a manifest, at most 10,000
  std::vector<Descriptor> entries;  // of an index, at most 10,000

  // Config and layers together: what a pull would move.
  [[nodiscard]] std::uint64_t blob_bytes() const;
};

// Errors: Corrupt (not a manifest), Unsupported (schema 1), Overloaded (too long or too many entries).
Result<ManifestContent> parse_manifest(std::string_view json);

// The entry for a platform; "linux/arm64" also matches "linux/arm64/v8". Error: NotFound, naming the platforms there
// are.
Result<Descriptor> choose_platform(const ManifestContent& index, const std::string& platform);

// An OCI index over manifests (platform filled in), in the given order. Deterministic.
std::string make_index(const std::vector<Descriptor>& entries);

// An OCI artifact manifest with one layer and the empty config ("{}", kEmptyConfigBytes, to be pushed as a blob too).
// It keeps a slice's blob alive in registries that collect what no manifest names, and finds it by tag.
constexpr std::string_view kEmptyConfigBytes = "{}";
constexpr std::string_view kEmptyConfigDigest = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
std::string make_artifact_manifest(const std::string& artifact_type, const Descriptor& layer);

}  // namespace farm::oci
