#include "shared/oci/image_ref.hpp"

#include <algorithm>

namespace farm::oci {
namespace {

constexpr std::size_t kTextBytesMax = 1024;
constexpr std::size_t kRepositoryBytesMax = 255;  // with the registry, as Docker counts
constexpr std::size_t kTagBytesMax = 128;
constexpr std::string_view kDockerHub = "docker.io";
constexpr std::string_view kDockerHubAlias = "index.docker.io";
constexpr std::string_view kLibrary = "library/";

bool lower(char c) { return c >= 'a' && c <= 'z'; }
bool upper(char c) { return c >= 'A' && c <= 'Z'; }
bool digit(char c) { return c >= '0' && c <= '9'; }
bool word(char c) { return lower(c) || upper(c) || digit(c) || c == '_'; }

Error wrong(std::string_view text, const std::string& why) {
  return {ErrorKind::InvalidInput, "the image name '" + std::string(text.substr(0, 200)) + "' " + why};
}

// One part between slashes: runs of [a-z0-9], joined by ".", "_", "__" or any number of "-".
bool valid_part(std::string_view part) {
  std::size_t at = 0;
  const auto run = [&] {
    const std::size_t begin = at;
    while (at < part.size() && (lower(part[at]) || digit(part[at]))) ++at;
    return at > begin;
  };
  if (!run()) return false;
  while (at < part.size()) {
    if (part[at] == '-') {
      while (at < part.size() && part[at] == '-') ++at;
    } else if (part.substr(at, 2) == "__") {
      at += 2;
    } else if (part[at] == '.' || part[at] == '_') {
      ++at;
    } else {
      return false;
    }
    if (!run()) return false;
  }
  return true;
}

bool valid_host(std::string_view host) {
  std::string_view name = host;
  if (host.starts_with('[')) {
    const std::size_t close = host.find(']');
    if (close == std::string_view::npos || close < 3) return false;
    for (const char c : host.substr(1, close - 1)) {
      if (!digit(c) && !(c >= 'a' && c <= 'f') && !(c >= 'A' && c <= 'F') && c != ':') return false;
    }
    name = "v6";
    host.remove_prefix(close + 1);
    if (!host.empty() && host.front() != ':') return false;
  } else {
    name = host.substr(0, host.find(':'));
    host.remove_prefix(name.size());
  }
  if (!host.empty()) {  // ":port"
    host.remove_prefix(1);
    if (host.empty() || host.size() > 5 || !std::all_of(host.begin(), host.end(), digit)) return false;
  }
  if (name.empty() || name.front() == '-' || name.back() == '-' || name.front() == '.' || name.back() == '.') return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return lower(c) || upper(c) || digit(c) || c == '.' || c == '-'; });
}

// Docker's rule: what stands before the first slash is a registry if it can't be a user name of Docker Hub.
bool names_a_registry(std::string_view first) {
  return first == "localhost" || first.find_first_of(".:[") != std::string_view::npos || std::any_of(first.begin(), first.end(), upper);
}

}  // namespace

bool valid_repository(std::string_view repository) {
  if (repository.empty() || repository.size() > kRepositoryBytesMax) return false;
  for (std::size_t begin = 0; begin <= repository.size();) {
    const std::size_t end = std::min(repository.find('/', begin), repository.size());
    if (!valid_part(repository.substr(begin, end - begin))) return false;
    begin = end + 1;
  }
  return true;
}

bool valid_tag(std::string_view tag) {
  if (tag.empty() || tag.size() > kTagBytesMax || !word(tag.front())) return false;
  return std::all_of(tag.begin(), tag.end(), [](char c) { return word(c) || c == '.' || c == '-'; });
}

Result<ImageRef> parse_image_ref(std::string_view text) {
  if (text.empty()) return wrong(text, "is empty");
  if (text.size() > kTextBytesMax) return wrong(text, "is longer than " + std::to_string(kTextBytesMax) + " bytes");
  ImageRef ref;
  std::string_view rest = text;
  if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
    const std::string_view digest_text = rest.substr(at + 1);
    const Result<Digest> digest = parse_digest(digest_text);
    if (!digest || !digest_text.starts_with("sha256:")) return wrong(text, "has a digest that is not sha256:<64 hex digits>");
    ref.digest = *digest;
    rest = rest.substr(0, at);
  }
  if (const std::size_t colon = rest.rfind(':'); colon != std::string_view::npos && rest.find('/', colon) == std::string_view::npos) {
    ref.tag = std::string(rest.substr(colon + 1));
    rest = rest.substr(0, colon);
    if (!valid_tag(ref.tag)) return wrong(text, "has a bad tag (letters, digits, '_', '.', '-'; at most 128)");
  }
  if (const std::size_t slash = rest.find('/'); slash != std::string_view::npos && names_a_registry(rest.substr(0, slash))) {
    ref.registry = std::string(rest.substr(0, slash));
    rest = rest.substr(slash + 1);
    if (!valid_host(ref.registry)) return wrong(text, "has a bad registry address");
  }
  if (ref.registry.empty() || ref.registry == kDockerHubAlias) ref.registry = std::string(kDockerHub);
  ref.repository = std::string(rest);
  if (ref.registry == kDockerHub && rest.find('/') == std::string_view::npos) ref.repository = std::string(kLibrary) + ref.repository;
  if (!valid_repository(ref.repository)) {
    return wrong(text, "has a bad repository (lower-case letters, digits, and single separators '.', '_', '-', '/')");
  }
  if (ref.tag.empty() && !ref.pinned()) ref.tag = "latest";
  return ref;
}

std::string ImageRef::full() const {
  return registry + "/" + repository + (tag.empty() ? "" : ":" + tag) + (pinned() ? "@" + digest.oci() : "");
}

std::string ImageRef::familiar() const {
  std::string name = registry == kDockerHub ? repository : registry + "/" + repository;
  if (registry == kDockerHub && repository.starts_with(kLibrary)) name = repository.substr(kLibrary.size());
  if (!tag.empty() && (tag != "latest" || pinned())) name += ":" + tag;
  if (pinned()) name += "@" + digest.oci();
  return name;
}

ImageRef ImageRef::pinned_to(const Digest& to) const { return {registry, repository, "", to}; }

}  // namespace farm::oci
