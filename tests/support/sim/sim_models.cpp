#include "tests/support/sim/sim_models.hpp"

#include <algorithm>

namespace farm::sim {

void Models::saved(const scheduler::JobRecord& record) {
  const std::string job = "job " + to_string(record.id) + " (" + record.name + ")";
  if (record.state != JobState::Verifying && record.state != JobState::Succeeded) return;
  const auto made = made_.find({record.id, record.fence});
  if (made == made_.end() || made->second != record.result.image) {
    world_.fail("fence table: " + job + " has a result that its newest assignment did not make");
  }
  if (record.state != JobState::Succeeded || !succeeded_.insert(record.id).second) return;
  if (!registry_.images.contains(record.result.image)) world_.fail("registry: " + job + " succeeded without an image in the registry");
  if (record.no_cache) return;
  std::set<JobId>& jobs = successes_[record.key];
  jobs.insert(record.id);
  ++counts.successes;
  if (jobs.size() > 1 + losses_[record.key]) world_.fail("cook once: " + job + " built a key again that was built before");
}

void Models::start_sent(const scheduler::SendStart& start) {
  const auto [known, fresh] = fences_.emplace(start.fence, std::pair(start.job, start.agent));
  if (known->second != std::pair(start.job, start.agent)) {
    world_.fail("fence table: fence " + to_string(start.fence) + " was issued twice");
  }
  if (!fresh && world_.options.calm) world_.fail("calm: job " + to_string(start.job) + " was sent twice though nothing was lost");
  const auto saved_job = disk_.jobs.find(start.job);
  if (saved_job == disk_.jobs.end() || saved_job->second.fence != start.fence || saved_job->second.agent != start.agent) {
    world_.fail("records first: job " + to_string(start.job) + " was sent before its assignment was durable");
  }
  std::uint32_t assigned = 0;
  for (const auto& [id, job] : disk_.jobs) assigned += job.state == JobState::Assigned && job.agent == start.agent ? 1U : 0U;
  if (assigned > slots_[start.agent]) world_.fail("slots: " + start.agent + " is given more jobs than it has slots");
}

void Models::agent_has(const std::string& agent, std::uint32_t slots) { slots_[agent] = slots; }

void Models::ack_sent(const scheduler::SendAck& ack) {
  const auto saved_job = disk_.jobs.find(ack.job);
  if (saved_job == disk_.jobs.end()) return;
  if (saved_job->second.state == JobState::Assigned && saved_job->second.fence == ack.fence && saved_job->second.agent == ack.agent) {
    world_.fail("records first: the report of job " + to_string(ack.job) + " was acknowledged before it was durable");
  }
}

void Models::restarted() {
  for (const auto& [token, build] : accepted_) {
    const auto kept = disk_.tokens.find(token);
    if (kept == disk_.tokens.end() || kept->second != build) world_.fail("acknowledged: build " + to_string(build) + " is gone");
  }
  for (const auto& [build, state] : ended_) {
    if (disk_.builds.at(build).state != state) world_.fail("acknowledged: build " + to_string(build) + " ended differently");
  }
}

void Models::executes(Peer agent, std::uint64_t life, JobId job, Fence fence, const Digest& key, std::size_t running, std::uint32_t slots) {
  ++counts.executions;
  if (!executed_.insert({agent, life, job, fence}).second) {
    world_.fail("executions: job " + to_string(job) + " ran twice under fence " + to_string(fence));
  }
  if (running > slots) world_.fail("slots: agent " + std::to_string(agent) + " runs more jobs than it has slots");
  const Key* known = universe_.find(key);
  if (known == nullptr) return world_.fail("an agent runs a key that nobody asked for");
  const auto all_known = [this](const std::vector<std::size_t>& needs) {
    return std::all_of(needs.begin(), needs.end(),
                       [this](std::size_t need) { return disk_.results.contains(universe_.keys()[need].digest); });
  };
  const bool other_way = !known->fallback.empty() && all_known(known->fallback);
  if (!all_known(known->needs) && !other_way) world_.fail("order: job " + to_string(job) + " runs before the results below it are known");
}

void Models::succeeded(JobId job, Fence fence, const Digest& image) { made_[{job, fence}] = image; }

void Models::lost_image(const Digest& key) { ++losses_[key]; }

void Models::accepted(const Submission& submission, BuildId build) {
  const auto [known, fresh] = accepted_.emplace(submission.token, build);
  if (known->second != build)
    world_.fail("acknowledged: one submission became builds " + to_string(known->second) + " and " + to_string(build));
}

void Models::told_end(const Submission& submission, BuildId build, BuildState state) {
  const auto [known, fresh] = ended_.emplace(build, state);
  if (known->second != state) world_.fail("acknowledged: build " + to_string(build) + " ended twice, differently");
  if (!fresh) return;
  counts.builds_succeeded += state == BuildState::Succeeded ? 1U : 0U;
  counts.builds_failed += state == BuildState::Failed ? 1U : 0U;
  counts.builds_cancelled += state == BuildState::Cancelled ? 1U : 0U;
  const bool buildable = universe_.buildable(submission.wanted);
  if (state == BuildState::Succeeded) {
    if (!buildable) world_.fail("outcome: build " + to_string(build) + " succeeded though a part of it can't be built");
    for (const std::size_t key : submission.wanted) {
      if (!disk_.results.contains(universe_.keys()[key].digest))
        world_.fail("outcome: build " + to_string(build) + " lacks k" + std::to_string(key));
    }
  } else if ((world_.options.calm || world_.options.registry_only) && buildable &&
             !(submission.options.fail_fast && universe_.a_run_fails())) {  // which others could do without, but it stops there
    const char* weather = world_.options.calm ? " failed in a calm farm: " : " failed though the registry came back: ";
    world_.fail("outcome: build " + to_string(build) + weather + disk_.builds.at(build).reason);
  }
}

}  // namespace farm::sim
