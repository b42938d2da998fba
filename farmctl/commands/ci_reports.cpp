#include "farmctl/commands/ci_reports.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "farmctl/render/annotations.hpp"
#include "farmctl/render/compiler_messages.hpp"
#include "farmctl/render/job_summary.hpp"
#include "farmctl/render/junit.hpp"
#include "farmctl/render/log_text.hpp"
#include "shared/base/limits.hpp"

namespace farm::ctl {
namespace {

constexpr Millis kAnswerTimeout{10'000};
constexpr std::size_t kLogsMax = 20;
constexpr const char* kGitlabFile = "gl-code-quality-report.json";

bool is_true(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no other thread
  return value != nullptr && std::string_view(value) == "true";
}

Annotations kind_of(const CiOptions& options) {
  if (options.annotations != Annotations::Auto) return options.annotations;
  if (is_true("GITHUB_ACTIONS")) return Annotations::GitHub;
  return is_true("GITLAB_CI") ? Annotations::GitLab : Annotations::None;
}

Result<void> write(const std::string& file, const std::string& text, std::ios::openmode mode) {
  std::ofstream out(file, std::ios::binary | mode);
  out << text;
  out.close();
  if (out) return {};
  return Error{ErrorKind::InvalidInput, "writing " + file + ": there is no such folder, no room or no permission"};
}

Result<void> write_texts(const CiOptions& options, const std::string& junit, const std::string& summary,
                         const std::vector<Finding>& findings) {
  if (!options.junit.empty()) {
    if (auto written = write(options.junit, junit, std::ios::trunc); !written) return written;
  }
  if (!options.summary.empty()) {
    if (auto written = write(options.summary, summary, std::ios::app); !written) return written;
  }
  const Annotations kind = kind_of(options);
  // On standard error: standard output may be JSON, and GitHub reads both.
  if (kind == Annotations::GitHub) std::fputs(render_github_annotations(findings).c_str(), stderr);
  if (kind == Annotations::GitLab) return write(kGitlabFile, render_gitlab_quality(findings), std::ios::trunc);
  return {};
}

// What can be read of it; a log that is gone costs its findings only.
std::string log_of(CoordinatorClient& client, BuildId build, const std::string& job) {
  std::string log;
  LogText parts;
  while (log.size() <= limits::kLogBytesPerJobMax) {
    const protocol::GetLog request{build, job, parts.end(), Millis{0}};
    const Result<protocol::LogPart> part = client.ask_for<protocol::LogPart>(request, kAnswerTimeout, &interrupted);
    const std::string more = part ? parts.add(part->offset, part->bytes) : "";
    if (more.empty()) break;
    log += more;
  }
  return log;
}

std::vector<std::string> paths_of(const ReadProject& project) {
  std::vector<std::string> paths;
  for (const PlannedSlice& slice : project.plan.slices) {
    for (const SliceFile& file : slice.slice.files) {
      if (!file.inline_bytes) paths.push_back(slice.directory.empty() ? file.path : slice.directory + "/" + file.path);
    }
  }
  return paths;
}

}  // namespace

Result<void> check_ci_files(const CiOptions& options) {
  for (const std::string& file : {options.junit, options.summary}) {
    if (file.empty()) continue;
    if (auto written = write(file, "", std::ios::app); !written) return written;
  }
  return {};
}

Result<void> write_ci_reports(CoordinatorClient& client, const CiOptions& options, const BuildStatus& status, Millis total,
                              const ReadProject& project) {
  if (options.junit.empty() && options.summary.empty() && kind_of(options) == Annotations::None) return {};
  std::vector<Finding> findings;
  std::size_t logs = 0;
  for (const JobStatus& job : status.jobs) {
    if (job.state != JobState::Failed || ++logs > kLogsMax) continue;
    for (Finding& finding : find_compiler_errors(log_of(client, status.id, job.name), job.name)) findings.push_back(std::move(finding));
  }
  if (!findings.empty()) findings = located(std::move(findings), SourceFiles(paths_of(project)));
  return write_texts(options, render_junit(status, total, findings), render_job_summary(status, total, findings, project.diagnostics),
                     findings);
}

Result<void> write_ci_error(const CiOptions& options, const Error& error) {
  return write_texts(options, render_junit_error(error), render_job_summary_error(error), findings_in(error.message));
}

}  // namespace farm::ctl
