// Purpose: a plan shaped like examples/market, whose contents tests change, and a store of results that it is admitted against.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "coordinator/admission/admission.hpp"
#include "shared/hash/sha256.hpp"

namespace farm::admission::test {

inline Digest content(const std::string& text) { return sha256(text); }

// Two services over one shared crate by default: jobs deps, crates, compile, image api, image worker.
class Market {
 public:
  std::vector<std::string> services{"api", "worker"};
  std::map<std::string, std::string> crate{{"core", "core v1"}, {"api", "api v1"}, {"worker", "worker v1"}, {"extra", "extra v1"}};
  std::string dependencies = "deps v1";
  PinnedBases bases{{"docker.io/library/rust:1", content("rust a")}, {"docker.io/library/debian:bookworm-slim", content("debian a")}};

  [[nodiscard]] Plan plan() const {
    Plan plan;
    plan.project = "market";
    plan.jobs = {deps(), crates(), compile()};
    for (const std::string& service : services) {
      plan.jobs.push_back(image(service));
      plan.services.push_back({service, static_cast<JobIndex>(plan.jobs.size() - 1), "market/" + service + ":latest", {}});
    }
    for (const auto& [name, text] : crate) plan.slices.push_back({content(text), "crate:" + name, 10});
    return plan;
  }

  static constexpr JobIndex kDeps = 0;
  static constexpr JobIndex kCrates = 1;
  static constexpr JobIndex kCompile = 2;
  static constexpr JobIndex kFirstImage = 3;

 private:
  static JobSpec job(JobKind kind, const std::string& name) {
    JobSpec job;
    job.kind = kind;
    job.name = name;
    job.dockerfile = "FROM rust AS dependencies\n";
    job.repository = "farm/" + name;
    job.key_inputs.push_back({"dockerfile", "text"});
    job.bases.push_back({"docker.io/library/rust:1", "rust:1"});
    return job;
  }
  void use_crate(JobSpec& job, const std::string& name) const {
    const Digest id = content(crate.at(name));
    job.slices.push_back({id, false});
    job.key_inputs.push_back({"slice crate:" + name, id.oci()});
  }
  [[nodiscard]] JobSpec deps() const {
    JobSpec spec = job(JobKind::Deps, "deps");
    spec.key_inputs.push_back({"dependencies", dependencies});
    return spec;
  }
  [[nodiscard]] JobSpec crates() const {
    JobSpec spec = job(JobKind::Crates, "crates");
    spec.inputs = {{"dependencies", kDeps}};
    use_crate(spec, "core");
    return spec;
  }
  [[nodiscard]] JobSpec compile() const {
    JobSpec spec = job(JobKind::Compile, "compile");
    spec.inputs = {{"dependencies", kCrates}};
    use_crate(spec, "core");
    for (const std::string& service : services) use_crate(spec, service);
    return spec;
  }
  [[nodiscard]] JobSpec image(const std::string& service) const {
    JobSpec spec = job(JobKind::Image, "image " + service);
    spec.repository = "market/" + service;
    spec.bases.push_back({"docker.io/library/debian:bookworm-slim", "debian:bookworm-slim"});
    spec.inputs = {{"dependencies", kCrates}};
    spec.compile_route = CompileRoute{kCompile, "builder", service};
    use_crate(spec, "core");
    use_crate(spec, service);
    return spec;
  }
};

// What the coordinator remembers.
class Memory {
 public:
  std::map<Digest, KnownResult> results;
  std::map<std::string, std::vector<KeyInput>> last;

  [[nodiscard]] Admission admit(const Plan& plan, const PinnedBases& bases, const AdmitOptions& options = {}) const {
    Result<Admission> admitted = admission::admit(plan, options, bases, lookup(), history());
    FARM_ASSERT(admitted.has_value());
    return std::move(*admitted);
  }
  [[nodiscard]] Admission admit(const Market& market, const AdmitOptions& options = {}) const {
    return admit(market.plan(), market.bases, options);
  }
  // Everything that is needed is built.
  void build(const Plan& plan, const PinnedBases& bases) {
    const Admission admission = admit(plan, bases);
    for (std::size_t i = 0; i < plan.jobs.size(); ++i) {
      const AdmittedJob& job = admission.jobs[i];
      if (job.need != Need::Needed) continue;
      results[job.key] = {content("image of " + job.key.hex()), plan.jobs[i].repository};
      last[plan.jobs[i].name] = job.key_inputs;
    }
  }
  void build(const Market& market) { build(market.plan(), market.bases); }

  [[nodiscard]] ResultLookup lookup() const {
    return [this](const Digest& key) -> std::optional<KnownResult> {
      const auto found = results.find(key);
      return found == results.end() ? std::nullopt : std::optional(found->second);
    };
  }
  [[nodiscard]] HistoryLookup history() const {
    return [this](const std::string& name) -> std::optional<std::vector<KeyInput>> {
      const auto found = last.find(name);
      return found == last.end() ? std::nullopt : std::optional(found->second);
    };
  }
};

// The names of jobs with that need.
inline std::set<std::string> names(const Plan& plan, const Admission& admission, Need need) {
  std::set<std::string> result;
  for (std::size_t i = 0; i < plan.jobs.size(); ++i) {
    if (admission.jobs[i].need == need) result.insert(plan.jobs[i].name);
  }
  return result;
}

}  // namespace farm::admission::test
