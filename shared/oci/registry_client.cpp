#include "shared/oci/registry_client.hpp"

#include <chrono>
#include <thread>
#include <utility>

#include "shared/hash/sha256.hpp"
#include "shared/oci/json.hpp"
#include "shared/oci/manifest.hpp"
#include "shared/oci/registry_impl.hpp"

namespace farm::oci {
namespace {

constexpr int kTagPagesMax = 1'000;
constexpr std::size_t kTagPageBytesMax = 8U << 20U;

std::string accept_header() {
  return std::string("Accept: ") + kOciIndexType + ", " + kOciManifestType + ", " + kDockerIndexType + ", " + kDockerManifestType;
}

bool is_manifest_type(const std::string& type) {
  return type == kOciIndexType || type == kOciManifestType || type == kDockerIndexType || type == kDockerManifestType;
}

// "application/json; charset=utf-8" → "application/json"
std::string bare_type(const std::string& header) { return header.substr(0, header.find_first_of("; ")); }

std::string manifest_path(const std::string& repository, const std::string& reference) { return repository + "/manifests/" + reference; }

// docker-registry writes a manifest in place: where two put the same one at the same time, it may read the half of it and call the digest
// wrong, though ours is right. Asked again, it is whole.
constexpr int kPutTriesMax = 6;
bool half_written(const HttpAnswer& answer) { return answer.status == 400 && answer.body.find("DIGEST_INVALID") != std::string::npos; }

// The target of `Link: </v2/…>; rel="next"`; empty where there is none.
std::string next_page(const std::string& link) {
  const std::size_t open = link.find('<');
  const std::size_t close = link.find('>');
  if (open == std::string::npos || close == std::string::npos || close < open) return "";
  return link.find("next", close) == std::string::npos ? "" : link.substr(open + 1, close - open - 1);
}

// A list of names in pages, as tags and repositories are told. Names that `good` refuses are left out.
Result<std::vector<std::string>> list_names(RegistryClient::Impl& impl, const std::string& path, const char* what, const Scope& scope,
                                            const std::string& doing, const std::function<bool(const std::string&)>& good) {
  HttpRequest request = impl.request("GET", path);
  request.answer_bytes_max = kTagPageBytesMax;
  std::vector<std::string> names;
  for (int page = 0; page < kTagPagesMax; ++page) {
    const Result<HttpAnswer> answer = impl.call(request, scope);
    if (!answer) return answer.error().with(doing);
    if (!answer->ok()) return impl.failure(*answer, doing, scope);
    const Result<nlohmann::json> parsed = parse_json(answer->body, kTagPageBytesMax, doing);
    if (!parsed) return parsed.error();
    if (const nlohmann::json* list = member(*parsed, what); list != nullptr && list->is_array()) {
      for (const nlohmann::json& name : *list) {
        if (name.is_string() && good(name.get_ref<const std::string&>())) names.push_back(name.get<std::string>());
      }
    }
    if (names.size() > kTagsMax) return Error{ErrorKind::Overloaded, doing + ": more than " + std::to_string(kTagsMax)};
    const std::string next = next_page(answer->header("link"));
    if (next.empty()) return names;
    const Result<std::string> url = resolve_url(request.url, next);
    if (!url) return url.error().with(doing);
    request.url = *url;
  }
  return Error{ErrorKind::Overloaded, doing + ": the list does not end"};
}

}  // namespace

RegistryClient::RegistryClient(std::string address, RegistryOptions options)
    : impl_(std::make_unique<Impl>(std::move(address), std::move(options))) {}
RegistryClient::~RegistryClient() = default;
RegistryClient::RegistryClient(RegistryClient&&) noexcept = default;
RegistryClient& RegistryClient::operator=(RegistryClient&&) noexcept = default;

const std::string& RegistryClient::address() const { return impl_->address; }

Result<void> RegistryClient::ping() {
  const Scope scope;
  const Result<HttpAnswer> answer = impl_->call(impl_->request("GET", ""), scope);
  if (!answer) return answer.error();
  if (answer->status == 404) {
    return Error{ErrorKind::Corrupt, "what answers at " + impl_->address + " is no registry (404 for /v2/); check the address"};
  }
  if (!answer->ok()) return impl_->failure(*answer, "asking for the registry", scope);
  return {};
}

Result<Manifest> RegistryClient::get_manifest(const std::string& repository, const std::string& reference) {
  if (Result<void> fine = check_repository(repository); !fine) return fine.error();
  if (Result<void> fine = check_reference(reference); !fine) return fine.error();
  const std::string doing = "getting the manifest " + repository + ":" + reference;
  const Scope scope{repository, "pull"};
  HttpRequest request = impl_->request("GET", manifest_path(repository, reference));
  request.headers = {accept_header()};
  request.answer_bytes_max = kOciManifestBytesMax;
  Result<HttpAnswer> answer = impl_->call(request, scope);
  if (!answer) return answer.error().with(doing);
  if (!answer->ok()) return impl_->failure(*answer, doing, scope);
  Manifest manifest{std::move(answer->body), bare_type(answer->header("content-type")), {}};
  manifest.digest = sha256(manifest.bytes);
  const std::string claimed = reference.starts_with("sha256:") ? reference : answer->header("docker-content-digest");
  if (!claimed.empty() && claimed != manifest.digest.oci()) {
    return Error{ErrorKind::Corrupt,
                 doing + ": the registry " + impl_->address + " sent bytes with another digest (" + manifest.digest.oci() + ")"};
  }
  if (!is_manifest_type(manifest.media_type)) {
    return Error{ErrorKind::Unsupported, doing + ": its media type '" + manifest.media_type.substr(0, 100) + "' is no image manifest"};
  }
  return manifest;
}

Result<std::optional<ManifestHead>> RegistryClient::head_manifest(const std::string& repository, const std::string& reference) {
  if (Result<void> fine = check_repository(repository); !fine) return fine.error();
  if (Result<void> fine = check_reference(reference); !fine) return fine.error();
  const std::string doing = "looking for the manifest " + repository + ":" + reference;
  const Scope scope{repository, "pull"};
  HttpRequest request = impl_->request("HEAD", manifest_path(repository, reference));
  request.headers = {accept_header()};
  const Result<HttpAnswer> answer = impl_->call(request, scope);
  if (!answer) return answer.error().with(doing);
  if (answer->status == 404) return std::optional<ManifestHead>();
  if (!answer->ok()) return impl_->failure(*answer, doing, scope);
  ManifestHead head;
  head.media_type = bare_type(answer->header("content-type"));
  const Result<Digest> digest = parse_digest(answer->header("docker-content-digest"));
  const std::string length = answer->header("content-length");
  if (digest && !length.empty() && length.size() < 12 && length.find_first_not_of("0123456789") == std::string::npos) {
    head.digest = *digest;
    head.bytes = std::stoull(length);
    return std::optional<ManifestHead>(head);
  }
  // The digest's header is optional in the specification: then the manifest itself says it.
  const Result<Manifest> manifest = get_manifest(repository, reference);
  if (!manifest) return manifest.error();
  return std::optional<ManifestHead>({manifest->digest, manifest->media_type, manifest->bytes.size()});
}

Result<Digest> RegistryClient::put_manifest(const std::string& repository, const std::string& reference, const std::string& media_type,
                                            const std::string& bytes) {
  if (Result<void> fine = check_repository(repository); !fine) return fine.error();
  if (Result<void> fine = check_reference(reference); !fine) return fine.error();
  const std::string doing = "putting the manifest " + repository + ":" + reference;
  if (!is_manifest_type(media_type)) return Error{ErrorKind::InvalidInput, doing + ": '" + media_type + "' is no manifest's media type"};
  if (bytes.size() > kOciManifestBytesMax) return Error{ErrorKind::Overloaded, doing + ": it is longer than 4 MiB"};
  const Digest digest = sha256(bytes);
  const Scope scope{repository, "pull,push"};
  HttpRequest request = impl_->request("PUT", manifest_path(repository, reference));
  request.headers = {"Content-Type: " + media_type};
  request.body = bytes;
  Result<HttpAnswer> answer = impl_->call(request, scope);
  for (int tries = 1; answer && half_written(*answer) && tries < kPutTriesMax; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50 * tries));
    answer = impl_->call(request, scope);
  }
  if (!answer) return answer.error().with(doing);
  if (!answer->ok()) return impl_->failure(*answer, doing, scope);
  if (const std::string stored = answer->header("docker-content-digest"); !stored.empty() && stored != digest.oci()) {
    return Error{ErrorKind::Corrupt,
                 doing + ": the registry " + impl_->address + " stored it under another digest (" + stored.substr(0, 80) + ")"};
  }
  return digest;
}

Result<void> RegistryClient::delete_manifest(const std::string& repository, const Digest& digest) {
  if (Result<void> fine = check_repository(repository); !fine) return fine.error();
  const std::string doing = "deleting the manifest " + repository + "@" + digest.oci();
  const Scope scope{repository, "delete"};
  const Result<HttpAnswer> answer = impl_->call(impl_->request("DELETE", manifest_path(repository, digest.oci())), scope);
  if (!answer) return answer.error().with(doing);
  if (!answer->ok()) return impl_->failure(*answer, doing, scope);
  return {};
}

Result<void> RegistryClient::tag_manifest(const std::string& repository, const Digest& digest, const std::string& tag) {
  const Result<Manifest> manifest = get_manifest(repository, digest.oci());
  if (!manifest) return manifest.error();
  const Result<Digest> put = put_manifest(repository, tag, manifest->media_type, manifest->bytes);
  if (!put) return put.error();
  return {};
}

Result<void> RegistryClient::delete_blob(const std::string& repository, const Digest& digest) {
  if (Result<void> fine = check_repository(repository); !fine) return fine.error();
  const std::string doing = "deleting the blob " + repository + "@" + digest.oci();
  const Scope scope{repository, "delete"};
  const Result<HttpAnswer> answer = impl_->call(impl_->request("DELETE", repository + "/blobs/" + digest.oci()), scope);
  if (!answer) return answer.error().with(doing);
  if (!answer->ok()) return impl_->failure(*answer, doing, scope);
  return {};
}

Result<std::vector<std::string>> RegistryClient::list_repositories() {
  const auto is_name = [](const std::string& name) { return check_repository(name).has_value(); };
  return list_names(*impl_, "_catalog?n=1000", "repositories", Scope{"", "*"}, "listing the repositories", is_name);
}

Result<std::vector<std::string>> RegistryClient::list_tags(const std::string& repository) {
  if (Result<void> fine = check_repository(repository); !fine) return fine.error();
  return list_names(*impl_, repository + "/tags/list?n=1000", "tags", Scope{repository, "pull"}, "listing the tags of " + repository,
                    valid_tag);
}

}  // namespace farm::oci
