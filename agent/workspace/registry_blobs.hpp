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
    if (pulled) return {};
    // Writing on this host may fail in the same way.
    away_ = is_retryable(pulled.error().kind) && !client_.ping();
    return pulled.error();
  }
  // The last pull failed, and the registry answers nothing else either.
  [[nodiscard]] bool away() const { return away_; }

 private:
  oci::RegistryClient& client_;
  std::string repository_;
  bool away_ = false;
};

}  // namespace farm::workspace
