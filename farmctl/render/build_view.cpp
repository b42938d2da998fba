#include "farmctl/render/build_view.hpp"

#include <algorithm>

#include "farmctl/render/text.hpp"

namespace farm::ctl {
namespace {

constexpr std::size_t kBarWidth = 16;
constexpr std::size_t kWidthForBars = 60;  // below, what a job does is worth more

Millis work_of(const JobStatus& job) { return job.timings.fetch_ms + job.timings.run_ms + job.timings.push_ms; }

const JobStatus* find_job(const BuildStatus& status, const std::string& name) {
  for (const JobStatus& job : status.jobs) {
    if (job.name == name) return &job;
  }
  return nullptr;
}

std::string bar(const JobStatus& job) {
  const std::uint32_t permille = is_final(job.state) ? 1'000 : std::min<std::uint32_t>(job.progress_permille, 1'000);
  const std::size_t filled = kBarWidth * permille / 1'000;
  std::string text;
  for (std::size_t i = 0; i < kBarWidth; ++i) text += i < filled ? "█" : "░";
  return text;
}

const char* colour_of(JobState state) {
  switch (state) {
    case JobState::Succeeded:
    case JobState::Hit: return "\x1b[32m";
    case JobState::Failed: return "\x1b[31m";
    case JobState::Skipped:
    case JobState::Cancelled: return "\x1b[33m";
    case JobState::Assigned:
    case JobState::Verifying: return "\x1b[36m";
    case JobState::Waiting: return "\x1b[2m";
  }
  return "";
}

// What a job does, for a column: its phase, or its state and why.
std::string doing(const JobStatus& job) {
  switch (job.state) {
    case JobState::Waiting: return job.phase.empty() ? "waiting" : "waiting: " + job.phase;
    case JobState::Assigned: return job.phase.empty() ? "starting" : job.phase;
    case JobState::Verifying: return "verifying";
    case JobState::Succeeded: return "built in " + format_duration(work_of(job));
    case JobState::Hit: return "hit";
    case JobState::Failed:
    case JobState::Skipped:
    case JobState::Cancelled:
      return std::string(to_string(job.state)) + (job.reason.empty() ? "" : ": " + job.reason.substr(0, job.reason.find('\n')));
  }
  return "";
}

// Jobs that move first, then those that wait, then what is over.
int rank(const JobStatus& job) {
  if (job.state == JobState::Failed) return 0;
  if (job.state == JobState::Assigned || job.state == JobState::Verifying) return 1;
  if (job.state == JobState::Waiting) return 2;
  return 3;
}

std::string screen_line(const JobStatus& job, std::size_t name_width, ScreenSize size, bool colour) {
  std::string line = pad(fit_middle(job.name, name_width), name_width) + "  ";
  if (size.width >= kWidthForBars) line += bar(job) + "  ";
  if (!job.agent.empty()) line += job.agent + "  ";
  line = fit(line + doing(job), size.width);
  return colour ? colour_of(job.state) + line + "\x1b[0m" : line;
}

std::string head_line(const BuildStatus& status, std::int64_t now_ms) {
  std::size_t over = 0;
  for (const JobStatus& job : status.jobs) over += is_final(job.state) ? 1U : 0U;
  const std::int64_t end = status.finished_ms != 0 ? status.finished_ms : now_ms;
  std::string line = "build " + to_string(status.id) + " " + status.project + ": " + std::string(to_string(status.state)) + ", " +
                     std::to_string(over) + "/" + std::to_string(status.jobs.size()) + " jobs, " +
                     format_duration(Millis{end - status.created_ms});
  if (!status.reason.empty()) line += ": " + status.reason.substr(0, status.reason.find('\n'));
  return line;
}

std::vector<std::string> service_row(const BuildStatus& status, const ServiceStatus& service) {
  const JobStatus* job = find_job(status, service.job);
  const bool ran = job != nullptr && job->attempts > 0;
  const std::string reason = service.reason.substr(0, service.reason.find('\n'));
  return {service.service,
          std::string(to_string(service.result)),
          ran ? format_duration(work_of(*job)) : "-",
          ran ? format_duration(job->queued_ms) : "-",
          ran ? job->agent : "-",
          fit(reason, 60)};
}

}  // namespace

std::string render_summary(const BuildStatus& status, Millis total) {
  std::vector<std::vector<std::string>> rows = {{"SERVICE", "RESULT", "TIME", "WAITED", "AGENT", "WHY"}};
  for (const ServiceStatus& service : status.services) rows.push_back(service_row(status, service));
  std::string text = render_columns(rows);
  Millis serial;
  std::vector<std::vector<std::string>> upstream;
  for (const JobStatus& job : status.jobs) {
    if (job.attempts == 0) continue;
    serial = serial + work_of(job);
    if (job.kind != JobKind::Image) {
      upstream.push_back({"  " + job.name, std::string(to_string(job.state)), format_duration(work_of(job)), job.agent,
                          fit(job.reason.substr(0, job.reason.find('\n')), 60)});
    }
  }
  if (!upstream.empty()) text += "built for them:\n" + render_columns(upstream);
  text += "build " + to_string(status.id) + " " + std::string(to_string(status.state)) + " in " + format_duration(total) + ": " +
          count_of(status.counters.jobs_run, "job") + " run, " + std::to_string(status.counters.jobs_hit) + " hit";
  if (status.counters.jobs_shared > 0) text += ", " + std::to_string(status.counters.jobs_shared) + " shared with another build";
  if (status.counters.retries > 0) text += ", " + std::to_string(status.counters.retries) + " retried";
  if (status.counters.jobs_run > 1) text += "; one job after another: " + format_duration(serial);
  text += "\n";
  for (const JobStatus& job : status.jobs) {
    if (job.state == JobState::Failed)
      text += "\n" + job.name + " failed" + (job.agent.empty() ? "" : " on " + job.agent) + ":\n" + job.reason + "\n";
  }
  if (!status.reason.empty()) text += status.reason + "\n";
  return text;
}

std::vector<std::string> render_screen(const BuildStatus& status, ScreenSize size, std::int64_t now_ms, bool colour) {
  std::vector<std::string> lines = {fit(head_line(status, now_ms), size.width)};
  std::vector<const JobStatus*> jobs;
  std::size_t name_width = 0;
  for (const JobStatus& job : status.jobs) {
    jobs.push_back(&job);
    name_width = std::max(name_width, display_width(job.name));
  }
  // All point into one vector, so their addresses keep the plan's order within a rank.
  std::sort(jobs.begin(), jobs.end(),
            [](const JobStatus* a, const JobStatus* b) { return std::pair(rank(*a), a) < std::pair(rank(*b), b); });
  const std::size_t room = size.height > 3 ? size.height - 2 : 1;
  name_width = std::min(name_width, std::min<std::size_t>(32, size.width / 2));
  for (const JobStatus* job : jobs) {
    if (lines.size() > room) break;
    lines.push_back(screen_line(*job, name_width, size, colour));
  }
  if (jobs.size() + 1 > lines.size()) lines.push_back(fit("… and " + std::to_string(jobs.size() + 1 - lines.size()) + " more", size.width));
  return lines;
}

std::vector<std::string> PlainProgress::lines(const BuildStatus& status) {
  std::vector<std::string> lines;
  const std::string build = std::string(to_string(status.state)) + (status.reason.empty() ? "" : ": " + status.reason);
  if (build != build_said_) {
    build_said_ = build;
    lines.push_back("build " + to_string(status.id) + ": " + fit(build, 300));
  }
  for (const JobStatus& job : status.jobs) {
    if (job.state == JobState::Hit) continue;
    std::string now = job.state == JobState::Waiting && job.phase.empty() ? "" : doing(job);
    if (!job.agent.empty() && job.state == JobState::Assigned) now += " (" + job.agent + ")";
    if (job.state == JobState::Succeeded && !job.reason.empty()) now += " (" + job.reason.substr(0, job.reason.find('\n')) + ")";
    std::string& said = said_[job.name];
    if (now.empty() || now == said) continue;
    said = now;
    lines.push_back(job.name + ": " + fit(now, 300));
  }
  return lines;
}

}  // namespace farm::ctl
