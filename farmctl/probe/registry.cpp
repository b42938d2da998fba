#include <array>
#include <chrono>

#include <sys/random.h>

#include "farmctl/probe/probe.hpp"
#include "farmctl/render/text.hpp"
#include "shared/hash/sha256.hpp"
#include "shared/oci/image_ref.hpp"
#include "shared/oci/manifest.hpp"
#include "shared/oci/registry_client.hpp"

namespace farm::ctl::probe {
namespace {

using doctor::Trial;

constexpr const char* kRepository = "farm/doctor";
constexpr const char* kType = "application/vnd.farm.doctor";

oci::RegistryOptions quick(const std::string& address, bool insecure) {
  oci::RegistryOptions options;
  if (insecure) options.hosts.insecure.insert(address);
  options.attempts_max = 1;
  options.answer_timeout = options.stall_timeout = Millis{10'000};
  return options;
}

// Nobody's else: two doctors at a time don't meet.
std::string random_text() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) < 0) bytes[0] = 1;
  std::string text = "farmctl doctor ";
  for (const unsigned char byte : bytes) text += "0123456789abcdef"[byte % 16U];
  return text;
}

std::string since(std::chrono::steady_clock::time_point start) {
  return format_duration(Millis{std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count()});
}

struct Artifact {
  std::string text = random_text();
  Digest blob = sha256(text);
  std::string manifest = oci::make_artifact_manifest(kType, {kType, blob, text.size(), ""});
  Digest digest = sha256(manifest);
};

Result<void> push(oci::RegistryClient& client, const Artifact& artifact) {
  const Result<Digest> empty = parse_digest(oci::kEmptyConfigDigest);
  if (!empty) return empty.error();
  if (auto pushed = client.push_blob_bytes(kRepository, *empty, oci::kEmptyConfigBytes); !pushed) return pushed;
  if (auto pushed = client.push_blob_bytes(kRepository, artifact.blob, artifact.text); !pushed) return pushed;
  const Result<Digest> put = client.put_manifest(kRepository, artifact.digest.oci(), oci::kOciManifestType, artifact.manifest);
  return put ? Result<void>() : put.error();
}

Result<void> pull(oci::RegistryClient& client, const Artifact& artifact) {
  const Result<oci::Manifest> manifest = client.get_manifest(kRepository, artifact.digest.oci());
  if (!manifest) return manifest.error();
  std::string text;
  const Result<std::uint64_t> pulled = client.pull_blob(kRepository, artifact.blob, artifact.text.size(), [&](std::string_view bytes) {
    text += bytes;
    return Result<void>();
  });
  if (!pulled) return pulled.error();
  if (text != artifact.text || manifest->bytes != artifact.manifest) return Error{ErrorKind::Corrupt, "other bytes came back"};
  return {};
}

Result<void> remove(oci::RegistryClient& client, const Artifact& artifact) {
  if (auto removed = client.delete_manifest(kRepository, artifact.digest); !removed) return removed;
  const auto head = client.head_manifest(kRepository, artifact.digest.oci());
  if (!head) return head.error();
  if (*head) return Error{ErrorKind::Corrupt, "the manifest is still there after it was deleted"};
  return {};
}

template <typename Step>
Trial tried(Step step) {
  const auto start = std::chrono::steady_clock::now();
  const Result<void> result = step();
  return result ? Trial::success("in " + since(start)) : Trial::failure(result.error().message);
}

}  // namespace

doctor::RegistryFacts try_registry(const std::string& address, bool insecure) {
  doctor::RegistryFacts facts;
  facts.address = address;
  oci::RegistryClient client(address, quick(address, insecure));
  const Artifact artifact;
  facts.push = tried([&] { return push(client, artifact); });
  facts.pull = facts.remove = Trial::none("nothing could be pushed");
  if (!facts.push.done) return facts;
  facts.pull = tried([&] { return pull(client, artifact); });
  facts.remove = tried([&] { return remove(client, artifact); });
  return facts;
}

void ask_for_images(const doctor::RegistryFacts& registry, bool insecure, doctor::ProjectFacts& project) {
  if (!registry.push.done) return;
  oci::RegistryClient client(registry.address, quick(registry.address, insecure));
  for (doctor::ServiceFacts& service : project.services) {
    const Result<oci::ImageRef> image = oci::parse_image_ref(service.image);
    if (!image) continue;
    // As farm publishes it: without a registry, and "api" is not "library/api".
    std::string repository = image->repository;
    if (repository.starts_with("library/") && !service.image.starts_with("library/")) repository.erase(0, 8);
    const auto head = client.head_manifest(repository, image->tag);
    if (!head) return;
    service.published = head->has_value();
  }
}

}  // namespace farm::ctl::probe
