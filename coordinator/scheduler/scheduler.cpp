#include "coordinator/scheduler/scheduler.hpp"

#include <algorithm>

#include "coordinator/scheduler/scheduler_impl.hpp"

namespace farm::scheduler {

std::string seconds(Millis time) { return std::to_string((time.value + 999) / 1'000) + " s"; }

Scheduler::Impl::Impl(SchedulerOptions given) : options(std::move(given)), queue(options.age_step, options.project_weights) {}

Scheduler::Scheduler(SchedulerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Scheduler::~Scheduler() = default;
Scheduler::Scheduler(Scheduler&&) noexcept = default;
Scheduler& Scheduler::operator=(Scheduler&&) noexcept = default;

std::vector<Command> Scheduler::step(Instant now, const Event& event) {
  Impl& impl = *impl_;
  FARM_ASSERT(now >= impl.now);
  impl.now = now;
  // An empty store starts above every fence of an earlier one that was lost, or agents would take new assignments for old ones.
  if (!impl.counters.fence) impl.counters.fence.value = static_cast<std::uint64_t>(std::max<std::int64_t>(now.ms, 0));
  std::visit([&](const auto& e) { impl.on(e); }, event);
  impl.settle_builds();
  impl.release_delayed();
  if (impl.pass_wanted) impl.assign_jobs();
  return impl.finish_step();
}

// The order in here matters. What is forgotten ended in an earlier step, so its last record is saved; what a line ends or moves, a later
// line places.
void Scheduler::Impl::on(const Tick&) {
  forget_old_builds();
  lose_silent_agents();
  end_overdue_jobs();
  end_overdue_builds();
  ask_verifications();
  watch_impossible();
  pass_wanted = pass_wanted || queue.size() != 0;
}

// Records first, then the sends in the order in which they were decided, then who should look again.
std::vector<Command> Scheduler::Impl::finish_step() {
  std::vector<Command> commands;
  commands.reserve(sends.size() + dirty_jobs.size() + dirty_builds.size() + changed_builds.size() + 1);
  if (counters_changed) commands.emplace_back(SaveCounters{counters});
  for (const BuildId id : dirty_builds) {
    if (const Build* build = build_of(id))
      commands.emplace_back(SaveBuild{*build});  // NOLINT(cppcoreguidelines-slicing): the record alone is kept
  }
  for (const JobId id : dirty_jobs) {
    if (const Job* job = job_of(id)) commands.emplace_back(SaveJob{*job});  // NOLINT(cppcoreguidelines-slicing): the record alone is kept
  }
  for (AgentRecord& record : dirty_agents) commands.emplace_back(SaveAgent{std::move(record)});
  for (Command& command : sends) commands.push_back(std::move(command));
  for (const BuildId id : changed_builds) {
    if (Build* build = build_of(id)) {
      ++build->version;
      commands.emplace_back(BuildChanged{id});
    }
  }
  sends.clear();
  dirty_agents.clear();
  dirty_jobs.clear();
  dirty_builds.clear();
  changed_builds.clear();
  counters_changed = false;
  pass_wanted = false;
  return commands;
}

Job* Scheduler::Impl::job_of(JobId id) {
  const auto found = jobs.find(id);
  return found == jobs.end() ? nullptr : &found->second;
}

Build* Scheduler::Impl::build_of(BuildId id) {
  const auto found = builds.find(id);
  return found == builds.end() ? nullptr : &found->second;
}

const Build* Scheduler::find_build(BuildId id) const { return impl_->build_of(id); }
const Job* Scheduler::find_job(JobId id) const { return impl_->job_of(id); }

const Build* Scheduler::find_token(std::string_view token) const {
  const auto found = impl_->tokens.find(token);
  return found == impl_->tokens.end() ? nullptr : impl_->build_of(found->second);
}

const Agent* Scheduler::find_agent(std::string_view name) const {
  const auto found = impl_->agents.find(name);
  return found == impl_->agents.end() ? nullptr : &found->second;
}

const std::map<BuildId, Build>& Scheduler::builds() const { return impl_->builds; }
const std::map<JobId, Job>& Scheduler::jobs() const { return impl_->jobs; }
const std::map<std::string, Agent, std::less<>>& Scheduler::agents() const { return impl_->agents; }
std::size_t Scheduler::queued_jobs() const { return impl_->queue.size(); }

}  // namespace farm::scheduler
