// Purpose: one registry over HTTP (OCI distribution v1.1; works with docker-registry 2.8). Blocking; every call has
// limits and timeouts. Thread-safe: calls from several threads use a connection each; connections are kept and used
// again. http for loopback and addresses in hosts.insecure, https otherwise, with the CA bundle of $SSL_CERT_FILE or
// $CURL_CA_BUNDLE where set.
//
// Errors by kind: Unavailable (away, or 5xx; after retries), Timeout (no bytes for stall_ms), Denied (401/403; names
// the registry and `docker login`), NotFound (404), Overloaded (429, 507, a limit), Corrupt (bytes that are not what
// their digest says, or an answer that isn't the protocol), InvalidInput (400 and other 4xx), Cancelled (progress said
// stop). Credentials never reach another host than the registry and its token server.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/digest.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/oci/credentials.hpp"
#include "shared/oci/image_ref.hpp"
#include "shared/oci/registry_hosts.hpp"

namespace farm::oci {

struct RegistryOptions {
  RegistryHosts hosts;
  std::shared_ptr<CredentialSource> credentials;  // null: docker_credentials()
  Millis connect_timeout{5'000};
  Millis stall_timeout{30'000};    // no byte moved for so long
  Millis answer_timeout{60'000};   // whole time of a call that moves no blob
  std::uint32_t attempts_max = 3;  // of one request that failed in a retryable way
  Millis retry_wait{200};          // before the second attempt; doubled before the third
};

constexpr std::size_t kOciManifestBytesMax = 4U << 20U;
constexpr std::size_t kTokenAnswerBytesMax = 256U << 10U;
constexpr std::size_t kHeaderBytesMax = 64U << 10U;
constexpr std::size_t kTagsMax = 100'000;  // of one repository; also the most repositories

struct Manifest {
  std::string bytes;  // as sent: the digest is over these
  std::string media_type;
  Digest digest;
};

struct ManifestHead {
  Digest digest;
  std::string media_type;
  std::uint64_t bytes = 0;
};

// Called now and then with (bytes moved, bytes in all or 0 where unknown); false stops the transfer (Cancelled).
using Progress = std::function<bool(std::uint64_t done, std::uint64_t total)>;
// Takes the next bytes; an Error ends the transfer and is returned.
using Sink = std::function<Result<void>(std::string_view bytes)>;

class RegistryClient {
 public:
  // `address`: "host", "host:port" or "docker.io" (which is spoken to at registry-1.docker.io).
  explicit RegistryClient(std::string address, RegistryOptions options = {});
  ~RegistryClient();
  RegistryClient(RegistryClient&&) noexcept;
  RegistryClient& operator=(RegistryClient&&) noexcept;

  [[nodiscard]] const std::string& address() const;

  // Ok where a registry answers at the address and lets us in.
  Result<void> ping();

  // The blob's length, or nothing where the registry lacks it.
  Result<std::optional<std::uint64_t>> blob_bytes(const std::string& repository, const Digest& digest);
  Result<bool> blob_exists(const std::string& repository, const Digest& digest);
  // Sends the file unless the registry has it already (one HEAD). The registry checks the digest. Retries from the
  // start on a lost upload.
  Result<void> push_blob(const std::string& repository, const Digest& digest, const std::string& file, const Progress& progress = {});
  Result<void> push_blob_bytes(const std::string& repository, const Digest& digest, std::string_view bytes);
  // Makes a blob of another repository of this registry known in `repository` too; no byte moves. NotFound where it
  // can't be mounted from there.
  Result<void> mount_blob(const std::string& repository, const Digest& digest, const std::string& from_repository);
  // Streams the blob into the sink; ok only if digest and length were right, so what the sink got is not to be used
  // before. A transfer that breaks is continued from where it broke. More than bytes_max: Overloaded.
  Result<std::uint64_t> pull_blob(const std::string& repository, const Digest& digest, std::uint64_t bytes_max, const Sink& sink,
                                  const Progress& progress = {});
  // The same, into a file that appears (atomically, by rename) only once it is whole and right.
  Result<std::uint64_t> pull_blob_to_file(const std::string& repository, const Digest& digest, std::uint64_t bytes_max,
                                          const std::string& file, const Progress& progress = {});

  // `reference`: a tag or "sha256:…".
  Result<Manifest> get_manifest(const std::string& repository, const std::string& reference);
  Result<std::optional<ManifestHead>> head_manifest(const std::string& repository, const std::string& reference);
  Result<Digest> put_manifest(const std::string& repository, const std::string& reference, const std::string& media_type,
                              const std::string& bytes);
  Result<void> delete_manifest(const std::string& repository, const Digest& digest);
  // Gives the manifest another tag, without moving a blob.
  Result<void> tag_manifest(const std::string& repository, const Digest& digest, const std::string& tag);
  Result<std::vector<std::string>> list_tags(const std::string& repository);
  // NotFound where the registry has no catalog (hub-like ones) or it is switched off.
  Result<std::vector<std::string>> list_repositories();
  // The repository no longer knows the blob; others do. NotFound where it never did.
  Result<void> delete_blob(const std::string& repository, const Digest& digest);

  struct Impl;  // registry_impl.hpp; for this folder's files only

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace farm::oci
