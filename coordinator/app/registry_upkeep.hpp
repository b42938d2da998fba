// Purpose: what prune and du ask of the registry: what it holds, and to delete. Blocking; called on the threads of RegistryWork.
// Limits: kSurveyManifestsMax manifests, kSurveyTimeMax; a survey that ends there says that it is not complete.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/app/erase_guard.hpp"
#include "coordinator/app/registry_work.hpp"
#include "coordinator/upkeep/inventory.hpp"
#include "shared/oci/registry_client.hpp"

namespace farm::coordinator {

constexpr std::size_t kSurveyManifestsMax = 100'000;
constexpr std::chrono::minutes kSurveyTimeMax{10};

class RegistryUpkeep {
 public:
  explicit RegistryUpkeep(EraseGuard& guard) : guard_(guard) {}

  // Every tagged manifest, and those that records name. Error: the registry is away.
  Result<upkeep::Survey> survey(oci::RegistryClient& registry, const SurveyRegistry& request);
  // Stops where the registry takes no deletions or answers no more.
  ManifestsErased erase(oci::RegistryClient& registry, const EraseManifests& request);
  // A survey that runs ends soon. From any thread.
  void stop() { stopping_.store(true); }

 private:
  class Run;
  bool erase_one(oci::RegistryClient& registry, const upkeep::Deletion& deletion, ManifestsErased& answer);

  EraseGuard& guard_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::map<Digest, std::vector<upkeep::Blob>> blobs_;  // of manifests: these never change
};

}  // namespace farm::coordinator
