#include "shared/json/status_json.hpp"

#include "shared/json/parts.hpp"

namespace farm {
namespace json {
namespace {

Json job_json(const JobStatus& job) {
  Json json;
  json["name"] = job.name;
  json["kind"] = to_string(job.kind);
  json["key"] = oci_or_empty(job.key);
  json["state"] = to_string(job.state);
  json["reason"] = job.reason;
  json["agent"] = job.agent;
  json["attempts"] = job.attempts;
  json["queued_ms"] = job.queued_ms.value;
  json["fetch_ms"] = job.timings.fetch_ms.value;
  json["run_ms"] = job.timings.run_ms.value;
  json["push_ms"] = job.timings.push_ms.value;
  json["fetched_bytes"] = job.timings.fetched_bytes;
  json["pushed_bytes"] = job.timings.pushed_bytes;
  json["steps"] = job.timings.steps;
  json["steps_cached"] = job.timings.steps_cached;
  json["cook_ms"] = job.timings.cook_ms.value;
  json["compile_ms"] = job.timings.compile_ms.value;
  json["export_ms"] = job.timings.export_ms.value;
  json["digest"] = oci_or_empty(job.image);
  json["phase"] = job.phase;
  json["progress_permille"] = job.progress_permille;
  json["needs"] = job.needs;
  json["cause"] = job.cause;
  json["placement"] = job.placement;
  json["ready_ms"] = job.ready_ms;
  json["assigned_ms"] = job.assigned_ms;
  json["finished_ms"] = job.finished_ms;
  return json;
}

Json service_json(const ServiceStatus& service) {
  Json json;
  json["service"] = service.service;
  json["result"] = to_string(service.result);
  json["reason"] = service.reason;
  json["image"] = service.image;
  json["digest"] = oci_or_empty(service.digest);
  json["job"] = service.job;
  return json;
}

}  // namespace

std::string oci_or_empty(const Digest& digest) { return digest.empty() ? "" : digest.oci(); }

Json build(const BuildStatus& status) {
  Json json;
  json["schema"] = "farm.build.v1";
  json["build"] = status.id.value;
  json["project"] = status.project;
  json["state"] = to_string(status.state);
  json["reason"] = status.reason;
  json["created_ms"] = status.created_ms;
  json["finished_ms"] = status.finished_ms;
  json["client"] = status.client;
  json["parallel"] = status.parallel;
  json["services"] = Json::array();
  for (const ServiceStatus& service : status.services) json["services"].push_back(service_json(service));
  json["jobs"] = Json::array();
  for (const JobStatus& job : status.jobs) json["jobs"].push_back(job_json(job));
  json["counters"] = {{"jobs_run", status.counters.jobs_run},           {"jobs_hit", status.counters.jobs_hit},
                      {"jobs_shared", status.counters.jobs_shared},     {"retries", status.counters.retries},
                      {"fetched_bytes", status.counters.fetched_bytes}, {"pushed_bytes", status.counters.pushed_bytes}};
  return json;
}

Json error(const Error& error, int exit_status) {
  Json json;
  json["schema"] = "farm.error.v1";
  json["kind"] = to_string(error.kind);
  json["message"] = error.message;
  json["exit_status"] = exit_status;
  return json;
}

Json agent(const AgentStatus& agent) {
  return {{"name", agent.name},
          {"state", agent.state},
          {"platform", agent.platform},
          {"labels", agent.labels},
          {"slots", agent.slots},
          {"busy", agent.busy},
          {"disk_free_bytes", agent.disk_free_bytes},
          {"memory_available_bytes", agent.memory_available_bytes},
          {"buildkit", agent.buildkit},
          {"version", agent.version},
          {"heard_ms", agent.heard_ms},
          {"running", agent.running},
          {"disk_total_bytes", agent.disk_total_bytes},
          {"memory_total_bytes", agent.memory_total_bytes},
          {"load_permille", agent.load_permille},
          {"slice_cache_bytes", agent.slice_cache_bytes},
          {"buildkit_bytes", agent.buildkit_bytes}};
}

}  // namespace json

namespace {

using json::Json;

std::string dumped(const Json& value) { return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace

std::string render_build_json(const BuildStatus& status) { return dumped(json::build(status)); }

std::string render_error_json(const Error& error, int exit_status) { return dumped(json::error(error, exit_status)); }

std::string render_builds_json(const std::vector<BuildSummary>& builds) {
  Json value;
  value["schema"] = "farm.builds.v1";
  value["builds"] = Json::array();
  for (const BuildSummary& build : builds) {
    value["builds"].push_back({{"build", build.id.value},
                               {"project", build.project},
                               {"state", to_string(build.state)},
                               {"created_ms", build.created_ms},
                               {"finished_ms", build.finished_ms},
                               {"jobs", build.jobs},
                               {"jobs_run", build.jobs_run}});
  }
  return dumped(value);
}

std::string render_agents_json(const std::vector<AgentStatus>& agents) {
  Json value;
  value["schema"] = "farm.agents.v1";
  value["agents"] = Json::array();
  for (const AgentStatus& agent : agents) {
    value["agents"].push_back(json::agent(agent));
  }
  return dumped(value);
}

}  // namespace farm
