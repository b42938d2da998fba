#include "coordinator/app/starts.hpp"

#include <set>

#include "coordinator/app/uses.hpp"
#include "coordinator/store/records.hpp"
#include "shared/oci/image_ref.hpp"

namespace farm::coordinator {
namespace {

class StartMaker {
 public:
  StartMaker(const Core& core, BuildBook& book, const scheduler::SendStart& start) : core_(core), book_(book), start_(start) {}

  Result<protocol::StartJob> make() {
    Result<wire::JobSpecRecord> record = store::get_spec(core_.store, start_.job);
    if (!record) return std::move(record).error().with("starting job " + to_string(start_.job));
    message_.job = start_.job;
    message_.fence = start_.fence;
    message_.key = record->key;
    if (start_.fell_back) {
      record->spec.inputs = std::move(record->fallback);
      record->upstream_keys = std::move(record->fallback_keys);
    }
    message_.build_name = record->project;
    message_.spec = std::move(record->spec);
    message_.registry = agents_registry(core_.config);
    message_.registry_insecure = core_.config.registry.insecure;
    message_.slice_repository = core_.config.registry.slice_repository;
    // After `farmctl clean` a job runs once without what BuildKit still has of it.
    message_.no_cache = start_.no_cache || core_.store.get(store::Kind::Meta, cold_key(record->project, message_.spec.name)).has_value();
    message_.full_context = start_.full_context;
    message_.timeout = start_.timeout;
    if (auto done = add_overrides(record->upstream_keys); !done) return done.error();
    if (auto done = pin_bases(record->base_digests); !done) return done.error();
    if (auto done = add_blobs(); !done) return done.error();
    if (auto done = add_secrets(); !done) return done.error();
    return std::move(message_);
  }

 private:
  Result<void> add_overrides(const std::vector<Digest>& keys) {
    const std::vector<StageInput>& inputs = message_.spec.inputs;
    for (std::size_t i = 0; i < inputs.size() && i < keys.size(); ++i) {
      if (inputs[i].stage.empty()) continue;  // only the order matters (x-farm.needs)
      const Result<wire::ResultRecord> upstream = store::get_result(core_.store, keys[i]);
      if (!upstream) return upstream.error().with("starting job '" + message_.spec.name + "': the result below it");
      message_.overrides.push_back({inputs[i].stage, image_at(message_.registry, upstream->repository, upstream->image)});
    }
    return {};
  }

  Result<void> pin_bases(const std::vector<KeyInput>& digests) {
    std::map<std::string, std::string> references;
    for (const BaseImage& base : message_.spec.bases) references[base.context_name] = base.reference;
    for (const NamedContext& context : message_.spec.contexts) {
      if (context.image) references[context.name] = context.image->reference;
    }
    for (const KeyInput& base : digests) {
      const Result<oci::ImageRef> ref = oci::parse_image_ref(references[base.name]);
      const Result<Digest> digest = parse_digest(base.value);
      if (!ref) return ref.error().with("starting job '" + message_.spec.name + "'");
      if (!digest) return digest.error().with("starting job '" + message_.spec.name + "'");
      message_.pinned_bases.push_back({base.name, ref->pinned_to(*digest).full()});
    }
    return {};
  }

  Result<void> add_blobs() {
    std::set<Digest> ids;
    const auto add = [&ids](const std::vector<SliceUse>& uses) {
      for (const SliceUse& use : uses) ids.insert(use.id);
    };
    add(message_.spec.slices);
    add(message_.spec.full_slices);
    for (const NamedContext& context : message_.spec.contexts) add(context.slices);
    for (const Digest& id : ids) {
      const Result<wire::SliceRecord> slice = store::get_slice(core_.store, id);
      if (!slice) return slice.error().with("starting job '" + message_.spec.name + "': slice " + id.short_hex());
      message_.blobs.push_back({id, slice->blob, slice->bytes});
    }
    return {};
  }

  // Any build that wants the job may give them.
  Result<void> add_secrets() {
    if (message_.spec.secrets.empty()) return {};
    const scheduler::Job* job = core_.scheduler.find_job(start_.job);
    if (job == nullptr) return {};
    for (const std::string& name : message_.spec.secrets) {
      for (const BuildId id : job->builds) {
        const OpenBuild* build = book_.find(id);
        if (build == nullptr) continue;
        if (const auto value = build->secrets.find(name); value != build->secrets.end()) message_.secrets[name] = value->second;
      }
      if (!message_.secrets.contains(name)) {
        return Error{ErrorKind::NotFound, "job '" + message_.spec.name + "' needs the secret '" + name +
                                              "', which a restart of the coordinator lost (secrets are kept in memory only); submit again"};
      }
    }
    return {};
  }

  const Core& core_;
  BuildBook& book_;
  const scheduler::SendStart& start_;
  protocol::StartJob message_;
};

}  // namespace

Result<protocol::StartJob> make_start(const Core& core, BuildBook& book, const scheduler::SendStart& start) {
  return StartMaker(core, book, start).make();
}

std::string image_at(const std::string& registry, const std::string& repository, const Digest& image) {
  return registry + "/" + repository + "@" + image.oci();
}

const std::string& agents_registry(const config::CoordinatorConfig& config) {
  return config.registry.agents_address.empty() ? config.registry.address : config.registry.agents_address;
}

const std::string& clients_registry(const config::CoordinatorConfig& config) {
  return config.registry.clients_address.empty() ? config.registry.address : config.registry.clients_address;
}

}  // namespace farm::coordinator
