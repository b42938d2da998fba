#include "coordinator/app/clients.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "coordinator/app/authorise.hpp"
#include "coordinator/app/explain.hpp"
#include "coordinator/app/history.hpp"
#include "coordinator/app/starts.hpp"
#include "coordinator/app/status_view.hpp"
#include "coordinator/store/records.hpp"

namespace farm::coordinator {
namespace {

constexpr std::uint32_t kBuildsListedMax = 500;
constexpr std::size_t kAgentsListedMax = 5'000;

}  // namespace

void Clients::serve(const std::string& peer, const net::KeyOwner& owner, protocol::ClientRequest request) {
  const Asked asked{peer, owner, request.request_id};
  std::visit([&](auto& body) { on(asked, body); }, request.body);
}

void Clients::answer(const Asked& asked, protocol::ClientAnswerBody body) {
  const Result<void> sent = core_.link.answer(asked.peer, {asked.request, std::move(body)});
  if (!sent) core_.log.debug("an answer was not sent", {{"client", asked.owner.name}, {"error", sent.error().message}});
}

void Clients::refuse(const std::string& peer, std::uint64_t request, const Error& error) {
  (void)core_.link.answer(peer, {request, protocol::Refused{error.kind, error.message}});
}

Result<BuildStatus> Clients::visible(const net::KeyOwner& owner, BuildId id) {
  Result<BuildStatus> status = find_status(core_, book_, id);
  if (!status) return status;
  if (const Result<void> allowed = may_touch(owner, status->project); !allowed) return allowed.error();
  return status;
}

void Clients::on(const Asked& asked, protocol::Submit& submit) {
  submissions_.submit(asked.peer, asked.request, asked.owner, std::move(submit));
}

void Clients::on(const Asked& asked, const protocol::SlicesPushed& pushed) {
  submissions_.slices_pushed(asked.peer, asked.request, asked.owner, pushed);
}

void Clients::on(const Asked& asked, const protocol::WatchBuild& watch) {
  Result<BuildStatus> status = visible(asked.owner, watch.build);
  if (!status) return refuse(asked.peer, asked.request, status.error());
  watchers_.watch(asked.peer, asked.request, std::move(*status), watch.seen_version, watch.wait);
}

Result<void> Clients::change(const net::KeyOwner& owner, const protocol::CancelBuild& cancel) {
  const Result<BuildStatus> status = visible(owner, cancel.build);
  if (!status) return status.error();
  if (!is_final(status->state)) {
    core_.log.info("build is cancelled", {{"build", status->id}, {"client", owner.name}});
    effects_.run(scheduler::BuildCancelled{status->id, owner.name});
  }
  return {};
}

void Clients::on(const Asked& asked, const protocol::CancelBuild& cancel) {
  if (const Result<void> changed = change(asked.owner, cancel); !changed) return refuse(asked.peer, asked.request, changed.error());
  answer(asked, protocol::Done{});
}

void Clients::on(const Asked& asked, const protocol::GetLog& log) {
  const Result<BuildStatus> status = visible(asked.owner, log.build);
  if (!status) return refuse(asked.peer, asked.request, status.error());
  const Result<const JobStatus*> job = find_job(*status, log.job);
  if (!job) return refuse(asked.peer, asked.request, job.error().with("reading a log"));
  logs_.read(asked.peer, asked.request, (*job)->id, (*job)->name, log.offset, log.wait);
}

void Clients::on(const Asked& asked, const protocol::GetHistory& wanted) {
  if (!wanted.project.empty()) {
    if (const Result<void> allowed = may_touch(asked.owner, wanted.project); !allowed)
      return refuse(asked.peer, asked.request, allowed.error());
  }
  read(asked,
       [this, &store = std::as_const(core_.store), peer = asked.peer, request = asked.request, owner = asked.owner,
        wanted]() -> Reading::Then {
         const auto may_see = [&owner](const std::string& project) { return may_touch(owner, project).has_value(); };
         auto found = std::make_shared<Result<protocol::BuildHistory>>(history(store, wanted, may_see));
         return [this, peer, request, found] {
           if (!*found) return refuse(peer, request, found->error());
           freshen((*found)->builds, [this](BuildId id) { return find_status(core_, book_, id); });
           (void)core_.link.answer(peer, {request, std::move(**found)});
         };
       });
}

void Clients::read(const Asked& asked, Reading::Work work) {
  if (core_.reading.ask(std::move(work))) return;
  refuse(asked.peer, asked.request, {ErrorKind::Overloaded, "so many long looks at the records wait already; try again later"});
}

void Clients::on(const Asked& asked, const protocol::ExplainJob& wanted) {
  const Result<BuildStatus> status = visible(asked.owner, wanted.build);
  if (!status) return refuse(asked.peer, asked.request, status.error());
  const Result<const JobStatus*> job = find_job(*status, wanted.job);
  if (!job) return refuse(asked.peer, asked.request, job.error().with("explaining"));
  const auto index = static_cast<std::size_t>(*job - status->jobs.data());
  read(asked,
       [this, &store = std::as_const(core_.store), peer = asked.peer, request = asked.request, status = *status, index]() -> Reading::Then {
         auto told = std::make_shared<Explanation>(Explainer(store, status).explain(status.jobs[index]));
         return [this, peer, request, told] {
           add_agents(core_.scheduler, core_.now, *told);
           (void)core_.link.answer(peer, {request, std::move(*told)});
         };
       });
}

void Clients::on(const Asked& asked, const protocol::GetFarm&) {
  const net::KeyOwner& owner = asked.owner;
  // The wall clock as it is now: the loop's own does not follow it.
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
  answer(asked, protocol::FarmInfo{FARM_VERSION, now.count(), owner.name, std::string(net::to_string(owner.role)), owner.zone,
                                   owner.projects, clients_registry(core_.config), core_.config.registry.insecure});
}

void Clients::on(const Asked& asked, const protocol::ListBuilds& list) {
  read(asked,
       [this, &store = std::as_const(core_.store), peer = asked.peer, request = asked.request, owner = asked.owner,
        count_max = std::min(list.count_max, kBuildsListedMax)]() -> Reading::Then {
         auto listed = std::make_shared<protocol::BuildList>();
         const Result<std::vector<BuildStatus>> newest = store::newest_statuses(store, count_max);
         if (!newest) return [this, peer, request, error = newest.error()] { refuse(peer, request, error); };
         for (const BuildStatus& status : *newest) {
           if (may_touch(owner, status.project)) listed->builds.push_back(summary_of(status));
         }
         return [this, peer, request, listed] {
           for (BuildSummary& build : listed->builds) {
             if (is_final(build.state)) continue;
             if (const Result<BuildStatus> now = find_status(core_, book_, build.id)) build = summary_of(*now);
           }
           (void)core_.link.answer(peer, {request, std::move(*listed)});
         };
       });
}

void Clients::on(const Asked& asked, const protocol::ListAgents&) {
  protocol::AgentList list;
  for (const auto& [name, agent] : core_.scheduler.agents()) {
    if (list.agents.size() >= kAgentsListedMax) break;
    list.agents.push_back(core_.scheduler.agent_status(agent));
  }
  answer(asked, std::move(list));
}

Result<void> Clients::change(const net::KeyOwner& owner, const protocol::SetDrain& drain) {
  const net::KeyOwner* known = core_.book.by_name(drain.agent);
  if (core_.scheduler.find_agent(drain.agent) == nullptr && (known == nullptr || known->role != net::Role::Agent)) {
    return Error{ErrorKind::NotFound, "draining: there is no agent '" + drain.agent + "'; `farmctl agents` lists them"};
  }
  core_.log.info(drain.drain ? "agent drains" : "agent takes work again", {{"agent", drain.agent}, {"client", owner.name}});
  effects_.run(scheduler::DrainSet{drain.agent, drain.drain});
  return {};
}

void Clients::on(const Asked& asked, const protocol::SetDrain& drain) {
  if (const Result<void> changed = change(asked.owner, drain); !changed) return refuse(asked.peer, asked.request, changed.error());
  answer(asked, protocol::Done{});
}

Result<void> Clients::act(const net::KeyOwner& owner, const protocol::ClientRequestBody& body) {
  if (core_.broken) return *core_.broken;
  if (const Result<void> allowed = authorise(owner, protocol::ClientRequest{0, body}); !allowed) return allowed.error();
  Result<void> changed = Error{ErrorKind::Unsupported, "only cancelling and draining can be asked for over HTTP"};
  if (const auto* cancel = std::get_if<protocol::CancelBuild>(&body)) changed = change(owner, *cancel);
  if (const auto* drain = std::get_if<protocol::SetDrain>(&body)) changed = change(owner, *drain);
  if (core_.broken) return *core_.broken;
  return changed;
}

void Clients::on(const Asked& asked, const protocol::HoldBuilds& hold) {
  if (const Result<void> held = submissions_.hold(hold.for_ms); !held) return refuse(asked.peer, asked.request, held.error());
  core_.log.info(hold.for_ms > Millis{0} ? "builds wait" : "builds go on", {{"client", asked.owner.name}});
  answer(asked, protocol::Done{});
}

}  // namespace farm::coordinator
