#include "coordinator/admission/admission.hpp"

#include <algorithm>
#include <set>

#include "coordinator/admission/keys.hpp"

namespace farm::admission {
namespace {

constexpr std::size_t kImagesForOneRun = 2;  // so many missing images of a group are worth one cargo run for all of them

bool is_way(JobKind kind) { return kind == JobKind::Deps || kind == JobKind::Crates || kind == JobKind::Compile; }

class Admitter {
 public:
  Admitter(const Plan& plan, const AdmitOptions& options, const PinnedBases& bases, const ResultLookup& results,
           const HistoryLookup& history)
      : plan_(plan),
        options_(options),
        bases_(bases),
        results_(results),
        history_(history),
        keys_(plan.jobs.size()),
        wanted_(plan.jobs.size()) {
    admission_.jobs.resize(plan.jobs.size());
  }

  Result<Admission> run() {
    if (auto done = complete_all(false); !done) return done.error();
    for (const ServicePlan& service : plan_.services) wanted_[service.job] = true;
    decide(true);
    choose_routes();
    if (auto done = complete_all(true); !done) return done.error();
    decide(false);
    offer_fallbacks();
    explain();
    collect_slices();
    return std::move(admission_);
  }

 private:
  // A compile job's key needs its binaries, which need the missing images, which need their keys: so compile jobs come second.
  Result<void> complete_all(bool compile_jobs) {
    for (JobIndex index = 0; index < plan_.jobs.size(); ++index) {
      if ((plan_.jobs[index].kind == JobKind::Compile) != compile_jobs) continue;
      Result<CompleteKey> complete = complete_key(plan_, index, bases_, keys_, bins_of(index));
      if (!complete) return std::move(complete).error();
      keys_[index] = complete->key;
      admission_.jobs[index].key = complete->key;
      admission_.jobs[index].key_inputs = std::move(complete->inputs);
    }
    return {};
  }

  std::vector<std::string> bins_of(JobIndex compile_job) const {
    const auto found = bins_.find(compile_job);
    return found == bins_.end() ? std::vector<std::string>{} : std::vector<std::string>(found->second.begin(), found->second.end());
  }

  // From the last job to the first, so that whoever wants a job is decided before it. Images first: they choose the routes.
  void decide(bool images) {
    for (std::size_t i = plan_.jobs.size(); i-- > 0;) {
      const JobSpec& job = plan_.jobs[i];
      if ((job.kind == JobKind::Image) != images || !wanted_[i]) continue;
      AdmittedJob& admitted = admission_.jobs[i];
      std::optional<KnownResult> known = find_result(job, admitted.key);
      if (!known && !is_trusted(options_.zone)) {
        admitted.key = key_in_zone(admitted.key, options_.zone);
        known = find_result(job, admitted.key);
      }
      if (known) {
        admitted.need = Need::Hit;
        admitted.result = *known;
        continue;
      }
      admitted.need = Need::Needed;
      admitted.spec = job;
      if (job.kind == JobKind::Compile) set_bins(static_cast<JobIndex>(i), admitted.spec);
      for (const StageInput& input : job.inputs) {
        if (!images || plan_.jobs[input.job].kind == JobKind::Image) wanted_[input.job] = true;
      }
    }
  }

  std::optional<KnownResult> find_result(const JobSpec& job, const Digest& key) const {
    std::optional<KnownResult> known = options_.no_cache ? std::nullopt : results_(key);
    if (known && known->whole_context && *known->whole_context != context_digest(job.full_slices)) known.reset();
    return known;
  }

  void set_bins(JobIndex index, JobSpec& spec) const {
    spec.bins = bins_of(index);
    spec.args[kFarmBinsArg] = bins_argument(spec.bins);
  }

  void choose_routes() {
    std::map<JobIndex, std::vector<JobIndex>> groups;
    for (JobIndex index = 0; index < plan_.jobs.size(); ++index) {
      const JobSpec& job = plan_.jobs[index];
      if (admission_.jobs[index].need != Need::Needed || !job.compile_route) continue;
      groups[job.compile_route->job].push_back(index);
    }
    for (const auto& [compile_job, images] : groups) {
      if (images.size() < kImagesForOneRun) continue;
      for (const JobIndex image : images) take_compile_route(image, compile_job);
    }
    for (JobIndex index = 0; index < plan_.jobs.size(); ++index) {
      const AdmittedJob& admitted = admission_.jobs[index];
      if (admitted.need != Need::Needed) continue;
      for (const StageInput& input : admitted.spec.inputs) wanted_[input.job] = true;
    }
  }

  // The compile job's result replaces the build stage, so the layers below that stage are of no use; other images are still copied from.
  void take_compile_route(JobIndex image, JobIndex compile_job) {
    const CompileRoute& route = *plan_.jobs[image].compile_route;
    std::vector<StageInput>& inputs = admission_.jobs[image].spec.inputs;
    std::erase_if(inputs, [this](const StageInput& input) { return is_way(plan_.jobs[input.job].kind); });
    inputs.push_back({route.stage, compile_job});
    bins_[compile_job].insert(route.bin);
  }

  // The layers of the direct way are there once the compile job runs, because it stands on them too; where they are not, there is no
  // fallback.
  void offer_fallbacks() {
    for (JobIndex index = 0; index < plan_.jobs.size(); ++index) {
      AdmittedJob& admitted = admission_.jobs[index];
      if (admitted.need != Need::Needed || admitted.spec.inputs == plan_.jobs[index].inputs) continue;
      const std::vector<StageInput>& direct = plan_.jobs[index].inputs;
      const auto there = [this](const StageInput& input) { return admission_.jobs[input.job].need != Need::NotNeeded; };
      if (std::all_of(direct.begin(), direct.end(), there)) admitted.fallback = direct;
    }
  }

  void explain() {
    for (JobIndex index = 0; index < plan_.jobs.size(); ++index) {
      AdmittedJob& admitted = admission_.jobs[index];
      if (admitted.need == Need::Hit) admitted.reason = "unchanged";
      if (admitted.need == Need::Needed) {
        Miss miss = why(index);
        admitted.cause = miss.cause;
        admitted.reason = std::move(miss.reason);
      }
      if (admitted.need == Need::NotNeeded) admitted.key_inputs.clear();
    }
  }

  Miss why(JobIndex index) const {
    if (options_.no_cache) return {Cause::NoCache, "asked for with --no-cache"};
    std::vector<KeyInput> now = admission_.jobs[index].key_inputs;
    const std::optional<std::vector<KeyInput>> last = history_(plan_.jobs[index].name);
    const auto is_whole = [](const KeyInput& input) { return input.name == kWholeContextInput; };
    if (last && std::any_of(last->begin(), last->end(), is_whole)) {
      now.push_back({kWholeContextInput, context_digest(plan_.jobs[index].full_slices).oci()});
    }
    Miss miss = why_missing(now, last);
    if (plan_.jobs[index].kind == JobKind::Compile) miss.reason = std::to_string(bins_of(index).size()) + " binaries to compile in one run";
    return miss;
  }

  void collect_slices() {
    std::set<Digest> slices;
    const auto add = [&slices](const std::vector<SliceUse>& uses) {
      for (const SliceUse& use : uses) slices.insert(use.id);
    };
    for (const AdmittedJob& admitted : admission_.jobs) {
      if (admitted.need != Need::Needed) continue;
      add(admitted.spec.slices);
      add(admitted.spec.full_slices);
      for (const NamedContext& context : admitted.spec.contexts) add(context.slices);
    }
    admission_.slices.assign(slices.begin(), slices.end());
  }

  const Plan& plan_;
  const AdmitOptions& options_;
  const PinnedBases& bases_;
  const ResultLookup& results_;
  const HistoryLookup& history_;
  std::vector<Digest> keys_;
  std::vector<bool> wanted_;
  std::map<JobIndex, std::set<std::string>> bins_;
  Admission admission_;
};

}  // namespace

bool Admission::nothing_to_do() const {
  return std::none_of(jobs.begin(), jobs.end(), [](const AdmittedJob& job) { return job.need == Need::Needed; });
}

std::vector<std::string> base_references(const Plan& plan) {
  std::set<std::string> references;
  for (const JobSpec& job : plan.jobs) {
    for (const BaseImage& base : job.bases) references.insert(base.reference);
    for (const NamedContext& context : job.contexts) {
      if (context.image) references.insert(context.image->reference);
    }
  }
  return {references.begin(), references.end()};
}

Result<Admission> admit(const Plan& plan, const AdmitOptions& options, const PinnedBases& bases, const ResultLookup& results,
                        const HistoryLookup& history) {
  return Admitter(plan, options, bases, results, history).run();
}

}  // namespace farm::admission
