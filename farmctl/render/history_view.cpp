#include "farmctl/render/history_view.hpp"

#include <algorithm>
#include <vector>

#include "farmctl/render/text.hpp"

namespace farm::ctl {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string counted(std::int64_t count, const std::string& noun) { return std::to_string(count) + " " + noun + (count == 1 ? "" : "s"); }

std::string since(const Explanation& told, std::int64_t now_ms) {
  std::string text = told.last_build ? "build " + to_string(told.last_build) : "an earlier build";
  if (told.last_ms != 0) text += ", " + format_age(Millis{now_ms - told.last_ms}) + " ago";
  return text;
}

// Empty where the reasons below say it all.
std::string why(const Explanation& told, std::int64_t now_ms) {
  const JobStatus& job = told.job;
  if (job.state == JobState::Hit) return "unchanged since " + since(told, now_ms);
  if (job.cause == "first-build") return "first build: there is no result of it yet";
  if (told.changes.empty() && told.changes_left_off == 0) return job.cause == "result-lost" || job.cause == "no-cache" ? job.reason : "";
  return "differs from " + since(told, now_ms) + (job.cause == "no-cache" ? " (and was asked for with --no-cache)" : "") + ":";
}

std::string verb_of(JobState state) {
  switch (state) {
    case JobState::Waiting: return "waits";
    case JobState::Assigned:
    case JobState::Verifying: return "is being built";
    case JobState::Succeeded: return "was built";
    case JobState::Failed: return "failed";
    case JobState::Skipped: return "was skipped";
    case JobState::Cancelled: return "was cancelled";
    case JobState::Hit: return "hit";
  }
  return "";
}

void add_line(std::string& text, std::size_t depth, const std::string& line) {
  if (!line.empty()) text += std::string(depth * 2, ' ') + fit(line, 400) + "\n";
}

void add_job(std::string& text, const ExplainedJob& job, std::size_t depth, std::int64_t now_ms) {
  const Explanation& told = job.told;
  const std::string head = why(told, now_ms);
  add_line(text, depth, head);
  for (const history::Reason& reason : job.reasons) {
    add_line(text, depth + 1, reason.text);
    for (const ExplainedJob& below : job.below) {
      if (reason.kind == history::ReasonKind::Upstream && below.told.job.name == reason.subject) add_job(text, below, depth + 2, now_ms);
    }
  }
  if (head.empty() && job.reasons.empty()) add_line(text, depth, told.job.reason.substr(0, told.job.reason.find('\n')));
}

std::string place(const JobStatus& job) {
  if (job.agent.empty()) return "";
  std::string text = (is_final(job.state) ? "ran on " : "runs on ") + job.agent;
  if (!job.placement.empty()) text += ": " + job.placement;
  if (job.attempts > 1) text += "; attempt " + std::to_string(job.attempts);
  if (job.queued_ms.value > 0) text += "; waited " + format_duration(job.queued_ms) + " for a slot";
  return text;
}

void add_waiting(std::string& text, const Explanation& told) {
  if (told.job.state != JobState::Waiting) return;
  add_line(text, 1, told.job.phase.empty() ? "waits" : told.job.phase);
  for (const AgentFit& fit : told.agents) add_line(text, 2, fit.agent + " " + (fit.reason.empty() ? "could take it" : fit.reason));
}

// How many of the Dockerfile's steps BuildKit answered from its cache, and what took the time. Empty: nothing is known of single steps.
std::string steps_line(const Explanation& told) {
  constexpr std::size_t kLongest = 3;
  constexpr Millis kWorthTelling{100};
  if (told.steps.empty()) return "";
  std::vector<const StepReport*> longest;
  for (const StepReport& step : told.steps) {
    if (step.run_ms >= kWorthTelling || step.failed) longest.push_back(&step);
  }
  std::stable_sort(longest.begin(), longest.end(), [](const StepReport* a, const StepReport* b) { return a->run_ms > b->run_ms; });
  std::string text = counted(told.job.timings.steps, "step") + ", " + std::to_string(told.job.timings.steps_cached) + " cached";
  for (std::size_t i = 0; i < longest.size() && i < kLongest; ++i) {
    text += std::string(i == 0 ? "; longest: " : "; ") + format_duration(longest[i]->run_ms) + (longest[i]->failed ? " (failed) " : " ") +
            fit(longest[i]->name, 80);
  }
  return text;
}

std::string shown(const history::Spread& spread) {
  if (spread.count == 0) return "no data";
  return format_duration(spread.median);
}
std::string range(const history::Spread& spread) {
  if (spread.count == 0) return "";
  return spread.count == 1 ? "1 build"
                           : counted(static_cast<std::int64_t>(spread.count), "build") + ", " + format_duration(spread.low) + " to " +
                                 format_duration(spread.high);
}

std::string title(history::BuildClass of) {
  switch (of) {
    case history::BuildClass::Cold: return "Cold build (dependencies too)";
    case history::BuildClass::CodeChange: return "Code change (dependencies were there)";
    case history::BuildClass::NoChange: return "No change";
  }
  return "";
}

Rows table_rows(const history::BenchmarkTable& table) {
  Rows rows = {{"SERVICE", "MEDIAN", "FROM"}};
  for (const history::ServiceTimes& service : table.services) rows.push_back({service.service, shown(service.time), range(service.time)});
  rows.push_back({"Total (serial)", shown(table.serial), range(table.serial)});
  if (table.serial_computed.count > 0)
    rows.push_back({"Total (serial, computed)", shown(table.serial_computed), range(table.serial_computed)});
  rows.push_back({"Total (parallel)", shown(table.parallel), range(table.parallel)});
  return rows;
}

Rows path_rows(const history::Counterfactual& told) {
  Rows rows = {{"CRITICAL PATH", "WAITED", "FETCH", "RUN", "PUSH", "REST", "AGENT"}};
  for (const history::PathStep& step : told.path) {
    rows.push_back({step.job, format_duration(step.before + step.waited), format_duration(step.fetch), format_duration(step.run),
                    format_duration(step.push), format_duration(step.rest), step.agent});
  }
  return rows;
}

std::vector<std::string> counterfactual_lines(const Report& report) {
  const history::Counterfactual& told = report.counterfactual;
  std::vector<std::string> lines;
  lines.push_back("took " + format_duration(told.wall) + "; its jobs one after another: " + format_duration(told.serial) +
                  "; with a slot for every job at least " + format_duration(told.longest_chain));
  lines.push_back((told.bound == history::Bound::Nothing ? "" : "bound by ") + told.bottleneck);
  if (told.jobs_saved > 0) {
    std::string line =
        "hits saved " + format_duration(told.saved_by_hits) + " of work (" + counted(static_cast<std::int64_t>(told.jobs_saved), "job");
    if (told.jobs_unknown > 0) line += "; of " + std::to_string(told.jobs_unknown) + " more the time is not known";
    lines.push_back(line + ")");
  }
  return lines;
}

std::string markdown_cell(const std::string& cell) {
  std::string text;
  for (const char c : cell) {
    if (c == '|' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

std::string markdown_table(const Rows& rows) {
  std::string text;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    text += "|";
    for (const std::string& cell : rows[i]) text += " " + markdown_cell(cell) + " |";
    text += "\n";
    if (i > 0) continue;
    text += "|";
    for (std::size_t column = 0; column < rows[i].size(); ++column) text += "---|";
    text += "\n";
  }
  return text;
}

}  // namespace

std::string format_age(Millis age) {
  const std::int64_t seconds = std::max<std::int64_t>(age.value, 0) / 1'000;
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 2 * 3'600) return std::to_string(seconds / 60) + " min";
  if (seconds < 48 * 3'600) return std::to_string(seconds / 3'600) + " h";
  return std::to_string(seconds / 86'400) + " days";
}

std::string render_explanation(const ExplainedJob& job, std::int64_t now_ms) {
  const Explanation& told = job.told;
  std::string names;
  for (const std::string& service : told.services) names += (names.empty() ? "" : ", ") + service;
  std::string text = fit((names.empty() ? told.job.name : names + " (" + told.job.name + ")") + " " + verb_of(told.job.state) +
                             " in build " + to_string(told.build) + " of " + told.project,
                         300) +
                     "\n";
  add_job(text, job, 1, now_ms);
  add_waiting(text, told);
  add_line(text, 1, place(told.job));
  add_line(text, 1, steps_line(told));
  const bool ended_badly =
      told.job.state == JobState::Failed || told.job.state == JobState::Skipped || told.job.state == JobState::Cancelled;
  if (ended_badly && !told.job.reason.empty()) text += "  " + told.job.reason + "\n";
  return text;
}

std::string render_report(const Report& report, ReportFormat format) {
  if (format == ReportFormat::Json) return render_report_json(report);
  const bool markdown = format == ReportFormat::Markdown;
  std::string text = markdown ? "# Build times of " + report.project + "\n\n" : "";
  text += "Project " + report.project + ", " + counted(static_cast<std::int64_t>(report.builds), "build");
  if (report.builds > 0) text += " (" + to_string(report.oldest) + " to " + to_string(report.newest) + ")";
  text += ". Medians; a service's time is what it would take alone.\n";
  for (const history::BenchmarkTable& table : report.tables) {
    text += "\n" + std::string(markdown ? "## " : "") + title(table.of) + ": " + counted(static_cast<std::int64_t>(table.builds), "build") +
            "\n" + (markdown ? "\n" : "");
    text += markdown ? markdown_table(table_rows(table)) : render_columns(table_rows(table));
  }
  if (!report.build) return text;
  text += "\n" + std::string(markdown ? "## " : "") + "Build " + to_string(report.build->id) + "\n" + (markdown ? "\n" : "");
  for (const std::string& line : counterfactual_lines(report)) text += (markdown ? "- " : "") + line + "\n";
  if (!report.counterfactual.path.empty()) {
    text += "\n" + (markdown ? markdown_table(path_rows(report.counterfactual)) : render_columns(path_rows(report.counterfactual)));
    text += (markdown ? "\n" : "") + std::string("after it: ") + format_duration(report.counterfactual.after_path) + "\n";
  }
  return text;
}

}  // namespace farm::ctl
