// Purpose: one blob under one tag: how slices (and anything else that isn't an image) live in the registry. The tag is
// made from content identity (tag_of_id(slice.id)), so that a slice is found, or known to be missing, with one small
// request and without knowing its blob's digest.
#pragma once

#include <optional>
#include <string>

#include "shared/oci/registry_client.hpp"

namespace farm::oci {

struct Artifact {
  Digest blob;
  std::uint64_t bytes = 0;
  std::string media_type;  // of the blob
};

// "s-" and 64 hex digits: a valid tag for an id.
std::string tag_of_id(const Digest& id);

// Nothing where the tag is unknown. Errors: Corrupt where the tag names something else than an artifact.
Result<std::optional<Artifact>> find_artifact(RegistryClient& client, const std::string& repository, const std::string& tag);

// Pushes the blob (unless there), the empty config and the manifest, in this order. Doing it twice is harmless.
Result<void> push_artifact(RegistryClient& client, const std::string& repository, const std::string& tag, const Artifact& artifact,
                           const std::string& file, const Progress& progress = {});

}  // namespace farm::oci
