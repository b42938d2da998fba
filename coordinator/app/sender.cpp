#include "coordinator/app/sender.hpp"

#include "coordinator/app/keep_tag.hpp"
#include "coordinator/app/registry_work.hpp"
#include "coordinator/app/starts.hpp"
#include "coordinator/store/records.hpp"

namespace farm::coordinator {
namespace {

// Deps, crates and compile results have no published tag, so a tag of their key keeps them from the registry's garbage collection.
std::string keep_tag(JobKind kind, const Digest& key) { return kind == JobKind::Image ? "" : tag_of_key(key); }

}  // namespace

void CommandSender::send(const std::string& agent, const protocol::ToAgent& message) {
  if (const Result<void> sent = core_.link.send(agent, message); !sent) {
    core_.log.debug("a message to an agent was not sent", {{"agent", agent}, {"error", sent.error().message}});
  }
}

void CommandSender::operator()(const scheduler::SendStart& command) {
  Result<protocol::StartJob> start = make_start(core_, book_, command);
  if (start) {
    core_.log.info("job starts", {{"job", command.job}, {"name", start->spec.name}, {"agent", command.agent}, {"fence", command.fence}});
    send(command.agent, std::move(*start));
    return;
  }
  core_.log.error("a job can't be started", {{"job", command.job}, {"error", start.error().message}});
  const scheduler::Job* job = core_.scheduler.find_job(command.job);
  if (job == nullptr) return;
  for (const BuildId build : job->builds) deferred_.push_back(scheduler::BuildAborted{build, start.error().message});
}

void CommandSender::operator()(const scheduler::SendCancel& command) {
  core_.log.info("job is cancelled",
                 {{"job", command.job}, {"agent", command.agent}, {"fence", command.fence}, {"reason", command.reason}});
  send(command.agent, protocol::CancelJob{command.job, command.fence, command.reason});
}

void CommandSender::operator()(const scheduler::SendAck& command) { send(command.agent, protocol::AckReport{command.job, command.fence}); }

void CommandSender::operator()(const scheduler::SendAnswer& command) { send(command.agent, command.answer); }

void CommandSender::operator()(const scheduler::VerifyResult& command) {
  const Result<wire::JobSpecRecord> spec = store::get_spec(core_.store, command.job);
  if (!spec) {
    deferred_.push_back(scheduler::JobVerified{command.job, command.fence, spec.error().with("verifying a result")});
    return;
  }
  core_.registry.ask(
      VerifyManifest{command.job, command.fence, spec->spec.repository, command.result.image, keep_tag(spec->spec.kind, command.key)});
}

void CommandSender::operator()(const scheduler::JobEnded& command) {
  const scheduler::Job* job = core_.scheduler.find_job(command.job);
  if (job == nullptr) return;
  core_.log.info("job ended", {{"job", command.job},
                               {"name", job->name},
                               {"state", to_string(command.state)},
                               {"agent", job->agent},
                               {"attempts", job->attempts},
                               {"run_ms", job->timings.run_ms.value},
                               {"reason", job->reason}});
}

void CommandSender::operator()(const scheduler::BuildEnded& command) {
  core_.log.info("build ended", {{"build", command.build}, {"state", to_string(command.state)}, {"reason", command.reason}});
  watchers_.changed(command.build);
}

void CommandSender::operator()(const scheduler::RetryNoticed& command) {
  core_.log.warning("job is tried again", {{"job", command.job}, {"agent", command.agent}, {"cause", command.cause}});
  logs_.note(command.job, "the attempt on agent " + command.agent + " failed: " + command.cause + "; tried again");
}

void CommandSender::operator()(const scheduler::AgentUp& command) { core_.log.info("agent is up", {{"agent", command.agent}}); }

void CommandSender::operator()(const scheduler::AgentLost& command) {
  core_.log.warning("agent is lost", {{"agent", command.agent}, {"cause", command.cause}});
}

}  // namespace farm::coordinator
