#include "farmctl/render/job_summary.hpp"

#include <algorithm>

#include "farmctl/render/escape.hpp"
#include "farmctl/render/text.hpp"

namespace farm::ctl {
namespace {

constexpr std::size_t kServicesMax = 500;
constexpr std::size_t kFailuresMax = 20;
constexpr std::size_t kNotesMax = 20;
constexpr std::size_t kFindingsShownMax = 50;
constexpr std::size_t kFailureBytesMax = 8U << 10U;
constexpr std::size_t kCellBytesMax = 200;

std::string cell(const std::string& text) {
  return markdown_text(cut(valid_utf8(std::string_view(text).substr(0, text.find('\n'))), kCellBytesMax));
}

const char* sign_of(ServiceResult result) {
  switch (result) {
    case ServiceResult::Hit:
    case ServiceResult::Built: return "✅ ";
    case ServiceResult::Failed: return "❌ ";
    case ServiceResult::Skipped:
    case ServiceResult::Cancelled: return "⏭️ ";
    case ServiceResult::Pending: return "⏳ ";
  }
  return "";
}

Millis work_of(const JobStatus& job) { return job.timings.fetch_ms + job.timings.run_ms + job.timings.push_ms; }

std::string row(const BuildStatus& status, const ServiceStatus& service) {
  const auto job = std::find_if(status.jobs.begin(), status.jobs.end(), [&](const JobStatus& each) { return each.name == service.job; });
  const bool ran = job != status.jobs.end() && job->attempts > 0;
  return "| " + cell(service.service) + " | " + sign_of(service.result) + std::string(to_string(service.result)) + " | " +
         (ran ? format_duration(work_of(*job)) : "-") + " | " + (ran ? format_duration(job->queued_ms) : "-") + " | " +
         (ran ? cell(job->agent) : "-") + " | " + cell(service.reason) + " |\n";
}

std::string services_table(const BuildStatus& status) {
  std::string text = "| service | result | time | waited | agent | why |\n|---|---|---|---|---|---|\n";
  for (std::size_t i = 0; i < status.services.size() && i < kServicesMax; ++i) text += row(status, status.services[i]);
  if (status.services.size() > kServicesMax)
    text += "\n… and " + std::to_string(status.services.size() - kServicesMax) + " more services\n";
  return text;
}

std::string plural(std::uint64_t count, const std::string& word) { return std::to_string(count) + " " + word + (count == 1 ? "" : "s"); }

std::string numbers(const BuildStatus& status) {
  const BuildCounters& counters = status.counters;
  const std::uint64_t known = counters.jobs_hit;
  const std::uint64_t all = known + counters.jobs_run + counters.jobs_shared;
  std::string text = plural(counters.jobs_run, "job") + " run, " + std::to_string(counters.jobs_hit) + " hit";
  if (all > 0) text += ": hit rate " + std::to_string(known * 100 / all) + " %";
  if (counters.jobs_shared > 0) text += "; " + std::to_string(counters.jobs_shared) + " shared with another build";
  if (counters.retries > 0) text += "; " + std::to_string(counters.retries) + " retried";
  Millis serial;
  for (const JobStatus& job : status.jobs) serial = serial + (job.attempts > 0 ? work_of(job) : Millis{});
  if (counters.jobs_run > 1) text += "; one job after another: " + format_duration(serial);
  return text + ". " + format_bytes(counters.fetched_bytes) + " fetched, " + format_bytes(counters.pushed_bytes) + " pushed.\n";
}

std::string place_of(const Finding& finding) {
  if (finding.file.empty()) return "";
  return finding.file + (finding.line > 0 ? ":" + std::to_string(finding.line) : "") +
         (finding.column > 0 ? ":" + std::to_string(finding.column) : "");
}

std::string item(const Finding& finding) {
  const std::string place = place_of(finding);
  std::string text = "- " + (place.empty() ? "" : "**" + markdown_text(place) + "** ");
  if (!finding.code.empty()) text += markdown_text(finding.code) + ": ";
  return text + markdown_text(finding.message) + "\n";
}

std::string failures(const BuildStatus& status, const std::vector<Finding>& findings) {
  std::string text;
  std::size_t shown = 0;
  for (const JobStatus& job : status.jobs) {
    if (job.state != JobState::Failed) continue;
    if (++shown > kFailuresMax) continue;
    text += "\n#### " + cell(job.name) + " failed" + (job.agent.empty() ? "" : " on " + cell(job.agent)) + "\n\n";
    std::size_t items = 0;
    for (const Finding& finding : findings) {
      if (finding.job == job.name && ++items <= kFindingsShownMax) text += item(finding);
    }
    if (items > kFindingsShownMax) text += "- … and " + std::to_string(items - kFindingsShownMax) + " more\n";
    text += "\n" + markdown_block(cut(valid_utf8(job.reason), kFailureBytesMax));
  }
  if (shown > kFailuresMax) text += "\n… and " + std::to_string(shown - kFailuresMax) + " more failed jobs\n";
  return text;
}

std::string warnings(const std::vector<Diagnostic>& notes) {
  std::string text;
  std::size_t shown = 0;
  for (const Finding& finding : findings_of(notes)) {
    if (++shown <= kNotesMax) text += item(finding);
  }
  if (shown > kNotesMax) text += "- … and " + std::to_string(shown - kNotesMax) + " more (`farmctl plan`)\n";
  return text.empty() ? "" : "\n#### What keeps this project from building faster\n\n" + text;
}

}  // namespace

std::string render_job_summary(const BuildStatus& status, Millis total, const std::vector<Finding>& findings,
                               const std::vector<Diagnostic>& notes) {
  std::string text = "### " + std::string(status.state == BuildState::Succeeded ? "✅" : "❌") + " farm: build " + to_string(status.id) +
                     " of " + cell(status.project) + " " + std::string(to_string(status.state)) + " in " + format_duration(total) + "\n\n";
  if (!status.reason.empty()) text += cell(status.reason) + "\n\n";
  return text + services_table(status) + "\n" + numbers(status) + failures(status, findings) + warnings(notes) + "\n";
}

std::string render_job_summary_error(const Error& error) {
  return "### ❌ farm: nothing was built\n\n" + markdown_block(cut(valid_utf8(error.message), kFailureBytesMax)) + "\n";
}

}  // namespace farm::ctl
