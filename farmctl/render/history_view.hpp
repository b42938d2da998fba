// Purpose: explanations and reports for people. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "shared/json/history_json.hpp"

namespace farm::ctl {

// Why the job runs, waits, is where it is, or hits. `now_ms`: since the epoch, for "3 days ago".
std::string render_explanation(const ExplainedJob& job, std::int64_t now_ms);

enum class ReportFormat { Text, Json, Markdown };
// The three tables and the counterfactual; Json: render_report_json().
std::string render_report(const Report& report, ReportFormat format);

std::string format_age(Millis age);  // "12 s", "5 min", "3 h", "2 days"

}  // namespace farm::ctl
