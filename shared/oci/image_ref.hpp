// Purpose: image references by Docker's rules ("debian" is docker.io/library/debian:latest). Pure: no network.
#pragma once

#include <string>
#include <string_view>

#include "shared/base/digest.hpp"
#include "shared/base/result.hpp"

namespace farm::oci {

struct ImageRef {
  std::string registry;    // "docker.io", "localhost:5000", "[::1]:5000"
  std::string repository;  // "library/debian", "farm/deps"
  std::string tag;         // "latest" where the text has neither tag nor digest; empty where it has a digest only
  Digest digest;           // empty() where the text has none

  [[nodiscard]] bool pinned() const { return !digest.empty(); }
  // What is asked of a registry: the digest where there is one, else the tag.
  [[nodiscard]] std::string reference() const { return pinned() ? digest.oci() : tag; }
  // "docker.io/library/debian:bookworm-slim@sha256:…"
  [[nodiscard]] std::string full() const;
  // As people and Docker write it: "debian:bookworm-slim", "debian" for :latest.
  [[nodiscard]] std::string familiar() const;
  // The name of a named context by which BuildKit overrides this image (`--build-context NAME=…`): familiar, without
  // ":latest".
  [[nodiscard]] std::string context_name() const { return familiar(); }
  // The same repository, pinned: "docker.io/library/debian@sha256:…".
  [[nodiscard]] ImageRef pinned_to(const Digest& to) const;
  friend bool operator==(const ImageRef&, const ImageRef&) = default;
};

// What may stand in a registry's URL: checked before one is made.
bool valid_repository(std::string_view repository);
bool valid_tag(std::string_view tag);

// Error: InvalidInput, saying what is wrong (upper-case repository, bad tag, bad digest, too long). At most 1,024
// bytes.
Result<ImageRef> parse_image_ref(std::string_view text);

}  // namespace farm::oci
