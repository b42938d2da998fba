// Purpose: what buildx leaves behind: the metadata file with the image's digest, and BuildKit's version in the text of
// `buildx inspect`. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "shared/base/digest.hpp"
#include "shared/base/result.hpp"

namespace farm::build {

constexpr std::size_t kMetadataBytesMax = 4U << 20U;

// The manifest's (or index's) digest. Errors: Corrupt (no JSON, no digest), Overloaded.
Result<Digest> digest_of_metadata(std::string_view json);

struct BuildkitVersion {
  int major = 0;
  int minor = 0;
  int patch = 0;
  friend auto operator<=>(const BuildkitVersion&, const BuildkitVersion&) = default;
};
// Older ones have holes that let a Dockerfile out of the builder (design.md section 7).
constexpr BuildkitVersion kOldestBuildkit{0, 28, 1};

// "v0.34.2", "0.34.2-rc1", "v0.34.2+unknown", and "v0.8+unknown", as buildx calls the one of Docker 20.10. None for
// what is no version, and for 0.0.0: a build from source that was not told its version.
std::optional<BuildkitVersion> parse_buildkit_version(std::string_view text);
// The text after "BuildKit version:"; empty where there is none (the builder is not running).
std::string version_in_inspect(std::string_view inspect_text);
// Ok for a known version that is new enough, and for an unknown one. Error: Unsupported.
Result<void> check_buildkit_version(const std::string& version);

}  // namespace farm::build
