#include "shared/json/history_json.hpp"

#include <nlohmann/json.hpp>

namespace farm {
namespace {

using Json = nlohmann::ordered_json;

std::string dumped(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

Json reason_json(const history::Reason& reason) {
  return {{"kind", history::to_string(reason.kind)},
          {"subject", reason.subject},
          {"before", reason.before},
          {"after", reason.after},
          {"text", reason.text}};
}

Json step_json(const StepReport& step) {
  return {{"name", step.name},
          {"start_ms", step.start_ms.value},
          {"run_ms", step.run_ms.value},
          {"cached", step.cached},
          {"failed", step.failed}};
}

Json explained_json(const ExplainedJob& job) {
  const Explanation& told = job.told;
  Json json;
  json["build"] = told.build.value;
  json["project"] = told.project;
  json["job"] = told.job.name;
  json["kind"] = to_string(told.job.kind);
  json["services"] = told.services;
  json["state"] = to_string(told.job.state);
  json["cause"] = told.job.cause;
  json["reason"] = told.job.reason;
  json["last_build"] = told.last_build.value;
  json["last_ms"] = told.last_ms;
  json["reasons"] = Json::array();
  for (const history::Reason& reason : job.reasons) json["reasons"].push_back(reason_json(reason));
  json["below"] = Json::array();
  for (const ExplainedJob& below : job.below) json["below"].push_back(explained_json(below));
  json["agent"] = told.job.agent;
  json["placement"] = told.job.placement;
  json["waits_for"] = told.job.state == JobState::Waiting ? told.job.phase : "";
  json["queued_ms"] = told.job.queued_ms.value;
  json["agents"] = Json::array();
  for (const AgentFit& fit : told.agents) json["agents"].push_back({{"agent", fit.agent}, {"reason", fit.reason}});
  json["steps"] = Json::array();
  for (const StepReport& step : told.steps) json["steps"].push_back(step_json(step));
  json["steps_left_off"] = told.steps_left_off;
  return json;
}

Json spread_json(const history::Spread& spread) {
  if (spread.count == 0) return nullptr;
  return {{"count", spread.count}, {"median_ms", spread.median.value}, {"min_ms", spread.low.value}, {"max_ms", spread.high.value}};
}

Json table_json(const history::BenchmarkTable& table) {
  Json json;
  json["class"] = history::to_string(table.of);
  json["builds"] = table.builds;
  json["services"] = Json::array();
  for (const history::ServiceTimes& service : table.services)
    json["services"].push_back({{"service", service.service}, {"time", spread_json(service.time)}});
  json["total"] = {{"services", table.services_of_totals},
                   {"serial", spread_json(table.serial)},
                   {"serial_computed", spread_json(table.serial_computed)},
                   {"parallel", spread_json(table.parallel)}};
  return json;
}

Json counterfactual_json(const BuildStatus& build, const history::Counterfactual& told) {
  Json json;
  json["build"] = told.build.value;
  json["state"] = to_string(build.state);
  json["parallel"] = build.parallel;
  json["wall_ms"] = told.wall.value;
  json["serial_ms"] = told.serial.value;
  json["longest_chain_ms"] = told.longest_chain.value;
  json["critical_path"] = Json::array();
  for (const history::PathStep& step : told.path) {
    json["critical_path"].push_back({{"job", step.job},
                                     {"agent", step.agent},
                                     {"before_ms", step.before.value},
                                     {"waited_ms", step.waited.value},
                                     {"fetch_ms", step.fetch.value},
                                     {"run_ms", step.run.value},
                                     {"push_ms", step.push.value},
                                     {"rest_ms", step.rest.value}});
  }
  json["after_path_ms"] = told.after_path.value;
  json["bound"] = history::to_string(told.bound);
  json["bottleneck"] = told.bottleneck;
  json["saved_by_hits_ms"] = told.saved_by_hits.value;
  json["jobs_saved"] = told.jobs_saved;
  json["jobs_unknown"] = told.jobs_unknown;
  return json;
}

}  // namespace

std::string render_explain_json(const ExplainedJob& job) {
  Json json;
  json["schema"] = "farm.explain.v1";
  json.update(explained_json(job));
  return dumped(json);
}

std::string render_report_json(const Report& report) {
  Json json;
  json["schema"] = "farm.report.v1";
  json["project"] = report.project;
  json["builds"] = report.builds;
  json["oldest_build"] = report.oldest.value;
  json["newest_build"] = report.newest.value;
  json["tables"] = Json::array();
  for (const history::BenchmarkTable& table : report.tables) json["tables"].push_back(table_json(table));
  json["counterfactual"] = report.build ? counterfactual_json(*report.build, report.counterfactual) : Json(nullptr);
  return dumped(json);
}

}  // namespace farm
