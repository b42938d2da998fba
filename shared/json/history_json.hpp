// Purpose: explanations and reports as JSON (farm.explain.v1, farm.report.v1), by the schema of docs/json.md. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/history/benchmark.hpp"
#include "shared/history/counterfactual.hpp"
#include "shared/history/explained.hpp"

namespace farm {

using history::ExplainedJob;

struct Report {
  std::string project;
  std::size_t builds = 0;  // looked at
  BuildId oldest;
  BuildId newest;
  std::vector<history::BenchmarkTable> tables;
  std::optional<BuildStatus> build;  // that the counterfactual is about
  history::Counterfactual counterfactual;
};

std::string render_explain_json(const ExplainedJob& job);
std::string render_report_json(const Report& report);

}  // namespace farm
