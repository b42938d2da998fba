// Whatever a job logs: the compiler's messages found in it, and the reports for CI systems made of them. Nothing in a log may end a line, a
// table's row, a block or an element of a report.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "farmctl/render/annotations.hpp"
#include "farmctl/render/compiler_messages.hpp"
#include "farmctl/render/job_summary.hpp"
#include "farmctl/render/junit.hpp"
#include "shared/base/assert.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace farm;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::vector<ctl::Finding> findings = ctl::find_compiler_errors(bytes, "image api");
  FARM_ASSERT(findings.size() <= ctl::kFindingsMax);
  FARM_ASSERT(ctl::findings_in(bytes).size() <= ctl::kFindingsMax);
  for (const ctl::Finding& finding : findings) FARM_ASSERT(!finding.message.empty() && finding.file.empty() == (finding.line == 0));
  const ctl::SourceFiles files({std::string(bytes.substr(0, 200)), "api/src/main.rs"});
  findings = ctl::located(std::move(findings), files);

  const std::string github = ctl::render_github_annotations(findings);
  FARM_ASSERT(static_cast<std::size_t>(std::count(github.begin(), github.end(), '\n')) == findings.size());
  FARM_ASSERT(std::none_of(github.begin(), github.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; }));
  static_cast<void>(ctl::render_gitlab_quality(findings));

  BuildStatus status;
  status.project = std::string(bytes.substr(0, 50));
  JobStatus job;
  job.name = "image api";
  job.state = JobState::Failed;
  job.reason = std::string(bytes.substr(0, 20'000));
  status.jobs.push_back(job);
  status.services.push_back({"api", ServiceResult::Failed, job.reason, "", {}, "image api"});
  const std::string junit = ctl::render_junit(status, Millis{1}, findings);
  FARM_ASSERT(std::count(junit.begin(), junit.end(), '<') == 9 && std::count(junit.begin(), junit.end(), '>') == 9);
  static_cast<void>(ctl::render_job_summary(status, Millis{1}, findings, {}));
  return 0;
}
