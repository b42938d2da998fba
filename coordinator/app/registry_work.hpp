// Purpose: the registry's slow answers, off the loop: a bounded queue of requests, a few threads that carry them out one at a time, and
// answers that come back into the loop through its mailbox. Requests are values; doing one twice is harmless.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "coordinator/metrics/metrics.hpp"
#include "coordinator/upkeep/select.hpp"
#include "shared/base/digest.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/result.hpp"
#include "shared/protocol/agent_messages.hpp"

namespace farm::coordinator {

// Which digest does a base image's tag point to now?
struct ResolveBase {
  std::string reference;
};
// Is a result still there?
struct CheckResult {
  Digest key;
  std::string repository;
  Digest image;
};
// Which blob holds the slice? `known`: what a record or a client says; without it, the slice's tag is asked for.
struct FindSlice {
  Digest id;
  std::optional<protocol::SliceBlob> known;
};
// Read a result's manifest back and check it. `keep_tag`: not empty: the manifest gets this tag too, so that the registry keeps it.
struct VerifyManifest {
  JobId job;
  Fence fence;
  std::string repository;
  Digest image;
  std::string keep_tag;
};
// Let `repository:tag` point to the image, which is in `from_repository`.
struct MoveTag {
  std::string from_repository;
  Digest image;
  std::string repository;
  std::string tag;
};
struct PingRegistry {};
// What does the registry hold? Takes long where there is much.
struct SurveyRegistry {
  std::vector<std::string> repositories;              // to look at where the registry has no catalog
  std::vector<std::pair<std::string, Digest>> known;  // manifests that may have no tag
  std::int64_t begun_ms = 0;
};
// Delete these, but for what was looked at since the survey began.
struct EraseManifests {
  std::vector<upkeep::Deletion> deletions;
};
using RegistryRequest =
    std::variant<ResolveBase, CheckResult, FindSlice, VerifyManifest, MoveTag, PingRegistry, SurveyRegistry, EraseManifests>;

struct BaseResolved {
  std::string reference;
  Result<Digest> digest;
};
struct ResultChecked {
  Digest key;
  Digest image;
  Result<bool> present;
};
struct SliceFound {
  Digest id;
  Result<std::optional<protocol::SliceBlob>> blob;
  bool by_tag = false;  // asked without a known blob
};
struct ManifestVerified {
  JobId job;
  Fence fence;
  Result<void> outcome;
};
struct TagMoved {
  MoveTag move;
  Result<void> outcome;
};
struct RegistryPinged {
  Result<void> outcome;
};
struct RegistrySurveyed {
  Result<upkeep::Survey> survey;
};
struct ManifestsErased {
  std::size_t erased = 0;
  std::size_t used_again = 0;            // somebody counts on them now
  bool refused = false;                  // the registry takes no deletions
  bool away = false;                     // it answers no more; the rest was not tried
  std::vector<std::string> problems{};   // at most 20
  std::vector<upkeep::Deletion> left{};  // what was not deleted, for whichever reason
};
using RegistryAnswer =
    std::variant<BaseResolved, ResultChecked, SliceFound, ManifestVerified, TagMoved, RegistryPinged, RegistrySurveyed, ManifestsErased>;

// The answer that says "the request failed" for a request.
RegistryAnswer failed_answer(const RegistryRequest& request, const Error& error);
std::string_view name_of(const RegistryRequest& request);
bool succeeded(const RegistryAnswer& answer);

class RegistryWork {
 public:
  using Perform = std::function<RegistryAnswer(const RegistryRequest&)>;  // called on several threads; must not throw
  using Deliver = std::function<void(RegistryAnswer)>;                    // thread-safe
  RegistryWork(std::uint32_t threads, std::size_t waiting_max, Perform perform, Deliver deliver, metrics::Metrics& metrics);
  // Waits for the requests that run; those that wait are dropped.
  ~RegistryWork();
  RegistryWork(const RegistryWork&) = delete;
  RegistryWork& operator=(const RegistryWork&) = delete;

  // Each request is answered once. A full queue is answered at once with Overloaded.
  void ask(RegistryRequest request);

 private:
  void work();
  void perform_one(const RegistryRequest& request);

  const std::size_t waiting_max_;
  Perform perform_;
  Deliver deliver_;
  metrics::Metrics& metrics_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<RegistryRequest> waiting_;
  std::size_t running_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace farm::coordinator
