#include "shared/history/benchmark.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "shared/history/counterfactual.hpp"

namespace farm::history {
namespace {

struct Samples {
  std::size_t builds = 0;
  std::map<std::string, std::vector<Millis>> services;
  std::vector<Millis> serial;
  std::vector<Millis> serial_computed;
  std::vector<Millis> parallel;
};

Millis wall_of(const BuildStatus& build) { return {std::max<std::int64_t>(build.finished_ms - build.created_ms, 0)}; }

// The work of a job and of all below it that ran in this build.
Millis work_alone(const BuildStatus& build, const std::string& job_name) {
  std::map<std::string, const JobStatus*> jobs;
  for (const JobStatus& job : build.jobs) jobs.emplace(job.name, &job);
  Millis work;
  std::set<std::string> seen;
  std::vector<std::string> open = {job_name};
  while (!open.empty()) {
    const std::string name = std::move(open.back());
    open.pop_back();
    const auto found = jobs.find(name);
    if (found == jobs.end() || !seen.insert(name).second || !ran(*found->second)) continue;
    work = work + work_of(*found->second);
    open.insert(open.end(), found->second->needs.begin(), found->second->needs.end());
  }
  return work;
}

void add_services(const BuildStatus& build, BuildClass of, Samples& samples) {
  for (const ServiceStatus& service : build.services) {
    if (of == BuildClass::NoChange) {
      samples.services[service.service].push_back(wall_of(build));
    } else if (service.result == ServiceResult::Built) {
      samples.services[service.service].push_back(work_alone(build, service.job));
    }
  }
}

void add_totals(const BuildStatus& build, BuildClass of, Samples& samples) {
  Millis work;
  for (const JobStatus& job : build.jobs) {
    if (ran(job)) work = work + work_of(job);
  }
  if (of != BuildClass::NoChange) samples.serial_computed.push_back(work);
  (build.parallel == 1 ? samples.serial : samples.parallel).push_back(wall_of(build));
}

}  // namespace

Spread spread_of(std::vector<Millis> times) {
  if (times.empty()) return {};
  std::sort(times.begin(), times.end());
  const std::size_t middle = times.size() / 2;
  const Millis median = times.size() % 2 == 1 ? times[middle] : Millis{(times[middle - 1] + times[middle]).value / 2};
  return {times.size(), median, times.front(), times.back()};
}

std::string_view to_string(BuildClass of) {
  switch (of) {
    case BuildClass::Cold: return "cold";
    case BuildClass::CodeChange: return "code-change";
    case BuildClass::NoChange: return "no-change";
  }
  return "cold";
}

std::optional<BuildClass> class_of(const BuildStatus& build) {
  if (build.state != BuildState::Succeeded || build.services.empty() || build.finished_ms == 0) return std::nullopt;
  bool deps = false;
  bool any = false;
  for (const JobStatus& job : build.jobs) {
    any = any || ran(job);
    deps = deps || (ran(job) && job.kind == JobKind::Deps);
  }
  return deps ? BuildClass::Cold : any ? BuildClass::CodeChange : BuildClass::NoChange;
}

std::vector<BenchmarkTable> benchmark(const std::vector<BuildStatus>& builds) {
  std::array<Samples, 3> samples;
  std::set<std::string> names;
  std::size_t most = 0;
  for (const BuildStatus& build : builds) {
    for (const ServiceStatus& service : build.services) names.insert(service.service);
    if (class_of(build)) most = std::max(most, build.services.size());
  }
  for (const BuildStatus& build : builds) {
    const std::optional<BuildClass> of = class_of(build);
    if (!of) continue;
    Samples& into = samples[static_cast<std::size_t>(*of)];
    ++into.builds;
    add_services(build, *of, into);
    if (build.services.size() == most) add_totals(build, *of, into);
  }
  std::vector<BenchmarkTable> tables;
  for (const BuildClass of : {BuildClass::Cold, BuildClass::CodeChange, BuildClass::NoChange}) {
    Samples& from = samples[static_cast<std::size_t>(of)];
    BenchmarkTable table;
    table.of = of;
    table.builds = from.builds;
    for (const std::string& name : names) table.services.push_back({name, spread_of(from.services[name])});
    table.services_of_totals = most;
    table.serial = spread_of(from.serial);
    table.serial_computed = spread_of(from.serial_computed);
    table.parallel = spread_of(from.parallel);
    tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace farm::history
