#include "agent/build/metadata.hpp"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

namespace farm::build {

Result<Digest> digest_of_metadata(std::string_view json) {
  if (json.size() > kMetadataBytesMax) return Error{ErrorKind::Overloaded, "the metadata file of buildx is longer than 4 MiB"};
  try {
    const nlohmann::json root = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
    if (!root.is_object()) return Error{ErrorKind::Corrupt, "the metadata file of buildx is no JSON object"};
    const auto digest = root.find("containerimage.digest");
    if (digest == root.end() || !digest->is_string()) {
      return Error{ErrorKind::Corrupt, "the metadata file of buildx names no \"containerimage.digest\": nothing was exported"};
    }
    return parse_digest(digest->get<std::string>());
  } catch (const std::exception& failure) {
    return Error{ErrorKind::Corrupt, std::string("the metadata file of buildx can't be read: ") + failure.what()};
  }
}

std::optional<BuildkitVersion> parse_buildkit_version(std::string_view text) {
  if (!text.empty() && text.front() == 'v') text.remove_prefix(1);
  std::array<int, 3> parts{};
  for (std::size_t index = 0; index < parts.size(); ++index) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parts[index]);
    if (error != std::errc{} || parts[index] < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (index == 2 || (index == 1 && !text.starts_with('.'))) break;
    if (text.empty() || text.front() != '.') return std::nullopt;
    text.remove_prefix(1);
  }
  const BuildkitVersion version{parts[0], parts[1], parts[2]};
  if (version == BuildkitVersion{}) return std::nullopt;
  return version;
}

std::string version_in_inspect(std::string_view inspect_text) {
  constexpr std::string_view kMark = "BuildKit version:";
  const std::size_t at = inspect_text.find(kMark);
  if (at == std::string_view::npos) return {};
  std::string_view line = inspect_text.substr(at + kMark.size());
  line = line.substr(0, line.find('\n'));
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
  while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.remove_suffix(1);
  return std::string(line.substr(0, 100));
}

Result<void> check_buildkit_version(const std::string& version) {
  const std::optional<BuildkitVersion> known = parse_buildkit_version(version);
  if (!known || *known >= kOldestBuildkit) return {};
  return Error{ErrorKind::Unsupported,
               "BuildKit " + version + " is older than 0.28.1 and lets a Dockerfile break out of it: upgrade buildkitd on this host"};
}

}  // namespace farm::build
