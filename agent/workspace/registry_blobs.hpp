// Purpose: slices' blobs from the farm's registry.
#pragma once

#include <string>

#include "agent/workspace/workspace.hpp"
#include "shared/oci/registry_client.hpp"

namespace farm::workspace {

// The client must outlive it.
class RegistryBlobs final : public BlobSource {
 public:
  RegistryBlobs(oci::RegistryClient& client, std::string repository) : client_(client), repository_(std::move(repository)) {}
  Result<void> pull(const Digest& blob, std::uint64_t bytes_max, const std::string& file, const std::stop_token& stop) override {
    const Result<std::uint64_t> pulled = client_.pull_blob_to_file(
        repository_, blob, bytes_max, file, [&stop](std::uint64_t, std::uint64_t) { return !stop.stop_requested(); });
    if (!pulled) return pulled.error();
    return {};
  }

 private:
  oci::RegistryClient& client_;
  std::string repository_;
};

}  // namespace farm::workspace
