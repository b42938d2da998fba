// Purpose: from image names to digests, over mirrors and registries, with one client per address. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "shared/oci/registry_client.hpp"

namespace farm::oci {

struct ResolvedImage {
  ImageRef ref;   // as asked, with its canonical parts
  Digest digest;  // of the tag's manifest or index: what `FROM name@digest` would pin
  std::string media_type;
  std::optional<Digest> platform_digest;  // of the platform's manifest, where a platform was asked for
  std::string address;                    // which registry or mirror answered
};

class Registries {
 public:
  explicit Registries(RegistryOptions options = {});

  // The client of an address; made at the first call, lives as long as this.
  RegistryClient& at(const std::string& address);

  // Asks the mirrors first, then the registry itself; NotFound or Unavailable at a mirror moves on to the next address.
  // `platform`: "linux/amd64", "linux/arm64/v8", or empty. A platform that the image lacks is NotFound and names those
  // it has.
  Result<ResolvedImage> resolve(const ImageRef& ref, const std::string& platform = "");

 private:
  Result<ResolvedImage> resolve_at(RegistryClient& client, const ImageRef& ref, const std::string& platform);

  RegistryOptions options_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<RegistryClient>> clients_;
};

}  // namespace farm::oci
