#include "coordinator/app/agents.hpp"

#include <array>
#include <charconv>
#include <variant>

#include "coordinator/store/records.hpp"

namespace farm::coordinator {
namespace {

using Version = std::array<unsigned, 3>;
constexpr Version kBuildkitMin = {0, 28, 1};

// "v0.34.2", "0.34.2-rc1", "v0.34.2+debian" → 0.34.2. False: not a version.
bool read_version(std::string_view text, Version& version) {
  if (text.starts_with('v')) text.remove_prefix(1);
  for (std::size_t i = 0; i < version.size(); ++i) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), version[i]);
    if (read.ec != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    if (i + 1 < version.size() && !text.starts_with('.')) return false;
    if (i + 1 < version.size()) text.remove_prefix(1);
  }
  return true;
}

}  // namespace

std::string refusal_of(const protocol::AgentHeartbeat& heartbeat) {
  Version version{};
  if (!read_version(heartbeat.buildkit_version, version) || version >= kBuildkitMin) return "";
  return "its BuildKit " + heartbeat.buildkit_version + " is older than 0.28.1, which has known security holes; update it";
}

void Agents::take(const std::string& agent, const std::string& peer, const protocol::FromAgent& message) {
  core_.link.agent_is_at(agent, peer);
  if (const auto* heartbeat = std::get_if<protocol::AgentHeartbeat>(&message)) {
    effects_.run(scheduler::AgentHeard{*heartbeat, refusal_of(*heartbeat)});
  } else if (const auto* report = std::get_if<protocol::JobReport>(&message)) {
    keep_steps(agent, *report);
    effects_.run(scheduler::JobReported{agent, *report});
  } else if (const auto* chunk = std::get_if<protocol::LogChunk>(&message)) {
    logs_.take(agent, *chunk);
  } else if (const auto* pruned = std::get_if<protocol::CachePruned>(&message)) {
    upkeep_.agent_answers(agent, *pruned);
  }
}

// Before the report changes the job. For people only: a disk that is full costs them no result.
void Agents::keep_steps(const std::string& agent, const protocol::JobReport& report) {
  const scheduler::Job* job = core_.scheduler.find_job(report.job);
  if (job == nullptr || job->agent != agent || job->fence != report.fence || is_final(job->state) || report.steps.empty()) return;
  wire::StepsRecord record{report.job, report.steps, report.steps_left_off};
  if (record.steps.size() > kStepsMax) {
    record.left_off += static_cast<std::uint32_t>(record.steps.size() - kStepsMax);
    record.steps.resize(kStepsMax);
  }
  for (StepReport& step : record.steps) {
    if (step.name.size() > kStepNameBytesMax) step.name.resize(kStepNameBytesMax);
  }
  store::Batch batch;
  store::put(batch, record);
  const Result<void> kept = core_.store.apply(batch, store::Durability::Buffered);
  if (!kept) core_.log.warning("a job's steps were not kept", {{"job", report.job}, {"error", kept.error().message}});
}

}  // namespace farm::coordinator
