#include "coordinator/app/registry_upkeep.hpp"

#include "shared/oci/manifest.hpp"

namespace farm::coordinator {
namespace {

constexpr std::size_t kRememberedMax = 200'000;
constexpr std::size_t kProblemsMax = 20;

}  // namespace

class RegistryUpkeep::Run {
 public:
  Run(RegistryUpkeep& upkeep, oci::RegistryClient& registry, const SurveyRegistry& request)
      : upkeep_(upkeep), registry_(registry), request_(request), end_(std::chrono::steady_clock::now() + kSurveyTimeMax) {}

  Result<upkeep::Survey> run() {
    survey_.begun_ms = request_.begun_ms;
    if (Result<void> there = registry_.ping(); !there) return there.error();
    for (const std::string& repository : repositories()) {
      if (!go_on()) break;
      if (Result<void> done = look_at(repository); !done) return done.error();
    }
    for (const auto& [repository, digest] : request_.known) {
      if (!go_on()) break;
      if (places_.contains({repository, digest})) continue;
      const Result<std::optional<oci::ManifestHead>> head = registry_.head_manifest(repository, digest.oci());
      if (!head) return head.error();
      if (!*head) continue;  // the registry lost it
      if (Result<void> done = add(repository, digest, ""); !done) return done.error();
    }
    for (auto& [place, manifest] : places_) survey_.manifests.push_back(std::move(manifest));
    return std::move(survey_);
  }

 private:
  bool go_on() {
    if (upkeep_.stopping_.load()) incomplete("the coordinator stops");
    if (std::chrono::steady_clock::now() > end_) incomplete("the registry took too long; what was not looked at is left out");
    if (places_.size() >= kSurveyManifestsMax) incomplete("there are more than " + std::to_string(kSurveyManifestsMax) + " manifests");
    return !ended_;
  }
  void incomplete(const std::string& why) {
    ended_ = true;
    survey_.complete = false;
    survey_.cut_short = true;
    survey_.problem = why;
  }

  std::set<std::string> repositories() {
    std::set<std::string> names(request_.repositories.begin(), request_.repositories.end());
    for (const auto& [repository, digest] : request_.known) names.insert(repository);
    const Result<std::vector<std::string>> catalog = registry_.list_repositories();
    if (catalog) {
      names.insert(catalog->begin(), catalog->end());
    } else {
      survey_.complete = false;
      survey_.problem = "the registry has no catalog (" + catalog.error().message + "): only what farm's records name is shown";
    }
    return names;
  }

  Result<void> look_at(const std::string& repository) {
    const Result<std::vector<std::string>> tags = registry_.list_tags(repository);
    if (!tags && tags.error().kind == ErrorKind::NotFound) return {};
    if (!tags) return tags.error();
    for (const std::string& tag : *tags) {
      if (!go_on()) return {};
      const Result<std::optional<oci::ManifestHead>> head = registry_.head_manifest(repository, tag);
      if (!head) return head.error();
      if (!*head) continue;  // deleted meanwhile
      if (Result<void> done = add(repository, (*head)->digest, tag); !done) return done;
    }
    return {};
  }

  Result<void> add(const std::string& repository, const Digest& digest, const std::string& tag) {
    const auto found = places_.find({repository, digest});
    if (found != places_.end()) {
      found->second.tags.push_back(tag);
      return {};
    }
    const Result<std::vector<upkeep::Blob>> blobs = blobs_of(repository, digest, true);
    if (!blobs && blobs.error().kind == ErrorKind::NotFound) return {};
    if (!blobs && is_retryable(blobs.error().kind)) return blobs.error();
    upkeep::StoredManifest manifest{repository, digest, {}, {}};
    if (blobs) manifest.blobs = *blobs;  // one that is no manifest farm can read takes a place without a size
    if (!tag.empty()) manifest.tags.push_back(tag);
    places_.emplace(std::pair(repository, digest), std::move(manifest));
    return {};
  }

  // The manifest's own bytes too. An index: with all that its entries name.
  Result<std::vector<upkeep::Blob>> blobs_of(const std::string& repository, const Digest& digest, bool may_be_index) {
    if (const auto known = remembered(digest)) return *known;
    const Result<oci::Manifest> manifest = registry_.get_manifest(repository, digest.oci());
    if (!manifest) return manifest.error();
    const Result<oci::ManifestContent> content = oci::parse_manifest(manifest->bytes);
    if (!content) return content.error();
    std::vector<upkeep::Blob> blobs = {{digest, manifest->bytes.size()}};
    if (!content->is_index) blobs.push_back({content->config.digest, content->config.bytes});
    for (const oci::Descriptor& layer : content->layers) blobs.push_back({layer.digest, layer.bytes});
    for (const oci::Descriptor& entry : content->entries) {
      if (!may_be_index) break;
      const Result<std::vector<upkeep::Blob>> below = blobs_of(repository, entry.digest, false);
      if (!below && is_retryable(below.error().kind)) return below.error();
      if (below) blobs.insert(blobs.end(), below->begin(), below->end());
    }
    const std::scoped_lock lock(upkeep_.mutex_);
    if (upkeep_.blobs_.size() >= kRememberedMax) upkeep_.blobs_.clear();
    upkeep_.blobs_[digest] = blobs;
    return blobs;
  }

  std::optional<std::vector<upkeep::Blob>> remembered(const Digest& digest) {
    const std::scoped_lock lock(upkeep_.mutex_);
    const auto found = upkeep_.blobs_.find(digest);
    if (found == upkeep_.blobs_.end()) return std::nullopt;
    return found->second;
  }

  RegistryUpkeep& upkeep_;
  oci::RegistryClient& registry_;
  const SurveyRegistry& request_;
  const std::chrono::steady_clock::time_point end_;
  upkeep::Survey survey_;
  std::map<std::pair<std::string, Digest>, upkeep::StoredManifest> places_;
  bool ended_ = false;
};

Result<upkeep::Survey> RegistryUpkeep::survey(oci::RegistryClient& registry, const SurveyRegistry& request) {
  guard_.begin();
  return Run(*this, registry, request).run();
}

ManifestsErased RegistryUpkeep::erase(oci::RegistryClient& registry, const EraseManifests& request) {
  ManifestsErased answer;
  for (const upkeep::Deletion& deletion : request.deletions) {
    const bool tries = !answer.refused && !answer.away;
    if (!tries || !erase_one(registry, deletion, answer)) answer.left.push_back(deletion);
  }
  return answer;
}

// True: it is gone, or may be.
bool RegistryUpkeep::erase_one(oci::RegistryClient& registry, const upkeep::Deletion& deletion, ManifestsErased& answer) {
  const auto lock = guard_.erasing();
  if (guard_.was_seen(deletion.digest) || (!deletion.blob.empty() && guard_.was_seen(deletion.blob))) {
    ++answer.used_again;
    return false;
  }
  const Result<void> manifest = registry.delete_manifest(deletion.repository, deletion.digest);
  const bool gone = manifest || manifest.error().kind == ErrorKind::NotFound;
  // Without its manifest a slice's blob is collected some time, so nobody may find it any more.
  Result<void> done = manifest;
  if (gone && !deletion.blob.empty()) done = registry.delete_blob(deletion.repository, deletion.blob);
  if (done) ++answer.erased;
  if (done || done.error().kind == ErrorKind::NotFound) return true;
  if (answer.problems.size() < kProblemsMax) answer.problems.push_back(done.error().message);
  answer.away = is_retryable(done.error().kind);
  answer.refused = done.error().kind == ErrorKind::InvalidInput || done.error().kind == ErrorKind::Denied;
  return gone || answer.away;
}

}  // namespace farm::coordinator
