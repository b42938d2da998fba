#include "shared/oci/artifact.hpp"

#include "shared/oci/manifest.hpp"

namespace farm::oci {

std::string tag_of_id(const Digest& id) { return "s-" + id.hex(); }

Result<std::optional<Artifact>> find_artifact(RegistryClient& client, const std::string& repository, const std::string& tag) {
  const Result<Manifest> manifest = client.get_manifest(repository, tag);
  if (!manifest && manifest.error().kind == ErrorKind::NotFound) return std::optional<Artifact>();
  if (!manifest) return manifest.error();
  const Result<ManifestContent> content = parse_manifest(manifest->bytes);
  if (!content) return content.error();
  if (content->is_index || content->layers.size() != 1) {
    return Error{ErrorKind::Corrupt, repository + ":" + tag + " is no artifact of farm (it must have exactly one layer)"};
  }
  const Descriptor& layer = content->layers.front();
  return std::optional<Artifact>({layer.digest, layer.bytes, layer.media_type});
}

Result<void> push_artifact(RegistryClient& client, const std::string& repository, const std::string& tag, const Artifact& artifact,
                           const std::string& file, const Progress& progress) {
  if (Result<void> done = client.push_blob(repository, artifact.blob, file, progress); !done) return done;
  const Result<Digest> config = parse_digest(kEmptyConfigDigest);
  if (Result<void> done = client.push_blob_bytes(repository, *config, kEmptyConfigBytes); !done) return done;
  const std::string manifest = make_artifact_manifest(artifact.media_type, {artifact.media_type, artifact.blob, artifact.bytes, ""});
  const Result<Digest> put = client.put_manifest(repository, tag, kOciManifestType, manifest);
  if (!put) return put.error();
  return {};
}

}  // namespace farm::oci
