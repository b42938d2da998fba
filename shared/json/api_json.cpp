#include "shared/json/api_json.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include "shared/json/parts.hpp"

namespace farm::api {
namespace {

using json::Json;
using json::oci_or_empty;

std::string line(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json brief(const BuildBrief& build) {
  Json services = {{"total", 0}};
  std::uint32_t total = 0;
  for (std::size_t i = 0; i < kServiceResults; ++i) {
    services[std::string(to_string(static_cast<ServiceResult>(i)))] = build.services[i];
    total += build.services[i];
  }
  services["total"] = total;
  return {{"build", build.id.value},
          {"project", build.project},
          {"state", to_string(build.state)},
          {"created_ms", build.created_ms},
          {"finished_ms", build.finished_ms},
          {"jobs", build.jobs},
          {"jobs_run", build.counters.jobs_run},
          {"reason", build.reason},
          {"client", build.client},
          {"jobs_hit", build.counters.jobs_hit},
          {"jobs_shared", build.counters.jobs_shared},
          {"retries", build.counters.retries},
          {"jobs_done", build.jobs_done},
          {"services", std::move(services)}};
}

Json agent(const AgentView& view) {
  Json value = json::agent(view.status);
  value["assignments"] = Json::array();
  for (const Assignment& assignment : view.assignments) {
    value["assignments"].push_back({{"build", assignment.build.value},
                                    {"job", assignment.job},
                                    {"kind", to_string(assignment.kind)},
                                    {"phase", assignment.phase},
                                    {"progress_permille", assignment.progress_permille},
                                    {"assigned_ms", assignment.assigned_ms}});
  }
  value["holds"] = Json::array();
  for (const HeldResult& held : view.holds) {
    value["holds"].push_back({{"key", oci_or_empty(held.key)},
                              {"kind", to_string(held.kind)},
                              {"name", held.name},
                              {"project", held.project},
                              {"bytes", held.bytes}});
  }
  value["holds_total"] = view.holds_total;
  return value;
}

Json kind_json(JobKind kind, const CacheView::Kind& view) {
  return {{"kind", to_string(kind)},  {"results", view.results},      {"bytes", view.bytes},
          {"hits", view.counts.hits}, {"misses", view.counts.misses}, {"causes", Json(view.counts.causes)}};
}

Json row_json(const ResultRow& row) {
  return {{"key", oci_or_empty(row.key)}, {"kind", to_string(row.kind)}, {"name", row.name},
          {"project", row.project},       {"bytes", row.bytes},          {"digest", oci_or_empty(row.image)},
          {"created_ms", row.created_ms}, {"used_ms", row.used_ms},      {"run_ms", row.run_ms.value}};
}

class Graph {
 public:
  explicit Graph(const BuildStatus& status) {
    for (const JobStatus& job : status.jobs) ids_.emplace(job.name, "job/" + job.name);
    for (const JobStatus& job : status.jobs) add_job(job);
    for (const ServiceStatus& service : status.services) add_service(service);
  }
  Json nodes = Json::array();
  Json edges = Json::array();

 private:
  // Jobs come upstream first, so the layers below one are known.
  void add_job(const JobStatus& job) {
    std::uint32_t layer = 0;
    for (const std::string& need : job.needs) layer = std::max(layer, edge(need, ids_[job.name]));
    layers_[job.name] = layer;
    add(ids_[job.name], "job", job.name, to_string(job.kind), to_string(job.state), layer);
  }
  void add_service(const ServiceStatus& service) {
    const std::string id = "service/" + service.service;
    add(id, "service", service.service, "service", to_string(service.result), edge(service.job, id));
  }
  // The layer of what stands on `upstream`.
  std::uint32_t edge(const std::string& upstream, const std::string& to) {
    const auto from = ids_.find(upstream);
    if (from == ids_.end()) return 0;
    edges.push_back({{"from", from->second}, {"to", to}});
    return layers_[upstream] + 1;
  }
  void add(const std::string& id, const char* type, const std::string& name, std::string_view kind, std::string_view state,
           std::uint32_t layer) {
    nodes.push_back({{"id", id}, {"type", type}, {"name", name}, {"kind", kind}, {"state", state}, {"layer", layer}});
  }

  std::map<std::string, std::string> ids_;
  std::map<std::string, std::uint32_t> layers_;
};

}  // namespace

std::string farm_json(const FarmFacts& facts, Instant now) {
  Json value = {{"schema", "farm.farm.v1"},       {"version", facts.version},   {"now_ms", now.ms},
                {"started_ms", facts.started_ms}, {"registry", facts.registry}, {"problems", facts.problems}};
  for (std::size_t i = 0; i < kBuildStates; ++i) value["builds"][std::string(to_string(static_cast<BuildState>(i)))] = facts.builds[i];
  value["open_builds"] = facts.open_builds;
  value["agents"] = {{"up", 0}, {"draining", 0}, {"lost", 0}};
  for (const auto& [state, count] : facts.agents) value["agents"][state] = count;
  value["slots"] = facts.slots;
  value["busy"] = facts.busy;
  value["queued_jobs"] = facts.queued_jobs;
  value["running_jobs"] = facts.running_jobs;
  value["queue_oldest_ms"] = facts.queue_oldest_ms;
  return line(value);
}

std::string projects_json(const std::vector<ProjectView>& projects) {
  Json value = {{"schema", "farm.projects.v1"}, {"projects", Json::array()}};
  for (const ProjectView& project : projects) {
    value["projects"].push_back({{"name", project.name},
                                 {"builds", project.builds},
                                 {"open_builds", project.open_builds},
                                 {"latest", project.latest ? brief(*project.latest) : Json(nullptr)},
                                 {"results", project.results},
                                 {"result_bytes", project.result_bytes}});
  }
  return line(value);
}

std::string brief_json(const BuildBrief& build) { return line(brief(build)); }

std::string builds_json(const BuildPage& page) {
  Json value = {{"schema", "farm.builds.v1"}, {"builds", Json::array()}, {"next_before", page.next_before}};
  for (const BuildBrief& build : page.builds) value["builds"].push_back(brief(build));
  return line(value);
}

std::string build_json(const BuildStatus& status) { return line(json::build(status)); }

std::string graph_json(const BuildStatus& status) {
  Graph graph(status);
  return line(
      {{"schema", "farm.graph.v1"}, {"build", status.id.value}, {"nodes", std::move(graph.nodes)}, {"edges", std::move(graph.edges)}});
}

std::string log_json(const LogPart& part) {
  return line({{"schema", "farm.log.v1"},
               {"build", part.build.value},
               {"job", part.job},
               {"offset", part.offset},
               {"next_offset", part.next_offset},
               {"ended", part.ended},
               {"text", part.bytes}});
}

std::string agents_json(const std::vector<AgentView>& agents) {
  Json value = {{"schema", "farm.agents.v1"}, {"agents", Json::array()}};
  for (const AgentView& view : agents) value["agents"].push_back(agent(view));
  return line(value);
}

std::string cache_json(const CacheView& cache) {
  Json value = {{"schema", "farm.cache.v1"},
                {"counted_builds", cache.counted_builds},
                {"complete", cache.complete},
                {"kinds", Json::array()},
                {"slices", {{"count", cache.slices}, {"bytes", cache.slice_bytes}}},
                {"newest", Json::array()}};
  for (std::size_t i = 0; i < kJobKinds; ++i) value["kinds"].push_back(kind_json(static_cast<JobKind>(i), cache.kinds[i]));
  for (const ResultRow& row : cache.newest) value["newest"].push_back(row_json(row));
  return line(value);
}

std::string caller_json(const std::string& name, std::string_view role, const std::vector<std::string>& projects) {
  return line({{"schema", "farm.caller.v1"}, {"name", name}, {"role", role}, {"projects", projects}});
}

std::string done_json() { return line({{"schema", "farm.done.v1"}}); }

std::string error_json(const Error& error, int exit_status) { return line(json::error(error, exit_status)); }

}  // namespace farm::api
