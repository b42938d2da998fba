#include "farmctl/render/junit.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "farmctl/render/escape.hpp"

namespace farm::ctl {
namespace {

constexpr std::size_t kTextBytesMax = 16U << 10U;  // of one failure

std::string seconds(Millis time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", static_cast<double>(std::max<std::int64_t>(time.value, 0)) / 1000.0);
  return text.data();
}

std::string attribute(const std::string& name, const std::string& value) { return " " + name + "=\"" + xml_text(value) + "\""; }

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

const JobStatus* job_named(const BuildStatus& status, const std::string& name) {
  const auto found = std::find_if(status.jobs.begin(), status.jobs.end(), [&](const JobStatus& job) { return job.name == name; });
  return found == status.jobs.end() ? nullptr : &*found;
}

Millis time_of(const JobStatus* job) {
  if (job == nullptr || job->attempts == 0) return {};
  return job->timings.fetch_ms + job->timings.run_ms + job->timings.push_ms;
}

std::string failure(const std::string& element, const std::string& reason, const std::string& job, const std::vector<Finding>& findings) {
  std::string text = cut(valid_utf8(reason), kTextBytesMax) + "\n";
  for (const Finding& finding : findings) {
    if (finding.job != job || text.size() > 2 * kTextBytesMax) continue;
    text += "\n";
    if (!finding.file.empty()) text += finding.file + ":" + std::to_string(finding.line) + ":" + std::to_string(finding.column) + ": ";
    text += (finding.code.empty() ? "error: " : "error[" + finding.code + "]: ") + finding.message;
  }
  return "      <" + element + attribute("message", cut(valid_utf8(first_line(reason)), 500)) + ">" + xml_text(text) + "</" + element +
         ">\n";
}

struct Counts {
  std::size_t cases = 0;
  std::size_t failures = 0;
  std::size_t skipped = 0;
};

std::string service_case(const BuildStatus& status, const ServiceStatus& service, const std::vector<Finding>& findings, Counts& counts) {
  ++counts.cases;
  std::string text = "    <testcase" + attribute("classname", status.project) + attribute("name", service.service) +
                     attribute("time", seconds(time_of(job_named(status, service.job)))) + ">\n";
  const std::string result(to_string(service.result));
  switch (service.result) {
    case ServiceResult::Failed:
      ++counts.failures;
      text += failure("failure", service.reason, service.job, findings);
      break;
    case ServiceResult::Built:
    case ServiceResult::Hit:
      text += "      <system-out>" + xml_text(result + ": " + service.reason + "\n" + service.image) + "</system-out>\n";
      break;
    case ServiceResult::Pending:
    case ServiceResult::Skipped:
    case ServiceResult::Cancelled:
      ++counts.skipped;
      text += "      <skipped" + attribute("message", result + ": " + first_line(service.reason)) + "/>\n";
  }
  return text + "    </testcase>\n";
}

// A job under several services: those are skipped, so without it the report would have no failure.
std::string job_case(const BuildStatus& status, const JobStatus& job, const std::vector<Finding>& findings, Counts& counts) {
  ++counts.cases;
  ++counts.failures;
  return "    <testcase" + attribute("classname", status.project + ".jobs") + attribute("name", job.name) +
         attribute("time", seconds(time_of(&job))) + ">\n" + failure("failure", job.reason, job.name, findings) + "    </testcase>\n";
}

std::string document(const std::string& name, const Counts& counts, std::size_t errors, Millis total, const std::string& cases) {
  const std::string numbers = attribute("tests", std::to_string(counts.cases)) + attribute("failures", std::to_string(counts.failures)) +
                              attribute("errors", std::to_string(errors));
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + attribute("name", "farm") + numbers +
         attribute("time", seconds(total)) + ">\n  <testsuite" + attribute("name", name) + numbers +
         attribute("skipped", std::to_string(counts.skipped)) + attribute("time", seconds(total)) + ">\n" + cases +
         "  </testsuite>\n</testsuites>\n";
}

}  // namespace

std::string render_junit(const BuildStatus& status, Millis total, const std::vector<Finding>& findings) {
  Counts counts;
  std::string cases;
  for (const ServiceStatus& service : status.services) cases += service_case(status, service, findings, counts);
  for (const JobStatus& job : status.jobs) {
    if (job.state == JobState::Failed && job.kind != JobKind::Image) cases += job_case(status, job, findings, counts);
  }
  return document(status.project + " build " + to_string(status.id), counts, 0, total, cases);
}

std::string render_junit_error(const Error& error) {
  Counts counts;
  counts.cases = 1;
  const std::string text = "    <testcase" + attribute("classname", "farm") + attribute("name", "submit") + attribute("time", "0.000") +
                           ">\n" + failure("error", error.message, "", {}) + "    </testcase>\n";
  return document("submit", counts, 1, Millis{}, text);
}

}  // namespace farm::ctl
