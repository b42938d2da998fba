#include "coordinator/scheduler/placement_words.hpp"

namespace farm::scheduler {
namespace {

constexpr std::size_t kBytesMax = 400;
constexpr std::size_t kLabelsMax = 3;

std::string shown(Millis time) {
  if (time.value < 1'000) return std::to_string(time.value) + " ms";
  if (time.value >= 10'000) return std::to_string(time.value / 1'000) + " s";
  return std::to_string(time.value / 1'000) + "." + std::to_string(time.value % 1'000 / 100) + " s";
}

std::string needs_of(const Requirement& requirement) {
  std::string text;
  for (std::size_t i = 0; i < requirement.labels.size() && i < kLabelsMax; ++i) text += (i == 0 ? "" : ", ") + requirement.labels[i];
  if (requirement.labels.size() > kLabelsMax) text += " and " + std::to_string(requirement.labels.size() - kLabelsMax) + " more";
  if (!text.empty()) return (requirement.labels.size() > 1 ? "with labels " : "with label ") + text;
  if (requirement.disk_bytes != 0 || requirement.memory_bytes != 0) return "that is large enough";
  return requirement.platform.empty() ? "that takes work" : "of platform " + requirement.platform;
}

std::string why(const Job& job, const Choice& choice, bool only_fit, std::size_t agents) {
  if (only_fit) return agents == 1 ? "the only agent" : "the only one " + needs_of(job.requirement);
  if (choice.second.empty()) return "the only one with a free slot";
  if (choice.second_failed_before && !choice.failed_before) return "it failed on " + choice.second + " before";
  if (choice.finish < choice.second_finish)
    return "estimated to finish " + shown(choice.second_finish - choice.finish) + " earlier than on " + choice.second;
  return "free slot, as good as " + choice.second;
}

// Which of what it builds on the agent has already.
std::string locality(const Job& job, const Agent& agent, const JobTable& jobs) {
  std::size_t there = 0;
  std::size_t all = 0;
  const auto count = [&](const Digest& key) {
    ++all;
    if (agent.local.contains(key)) ++there;
  };
  for (const InputResult& input : job.inputs) count(input.key);
  for (const JobId need : job.needs) {
    if (const auto upstream = jobs.find(need); upstream != jobs.end()) count(upstream->second.key);
  }
  if (there == 0) return "";
  return there == all ? "; has the layers below it" : "; has " + std::to_string(there) + " of " + std::to_string(all) + " layers below it";
}

}  // namespace

std::string placement_in_words(const Job& job, const Choice& choice, bool only_fit, std::size_t agents, const JobTable& jobs) {
  if (choice.agent == nullptr) return "";
  return (why(job, choice, only_fit, agents) + locality(job, *choice.agent, jobs)).substr(0, kBytesMax);
}

}  // namespace farm::scheduler
