#include "coordinator/app/authorise.hpp"

#include <variant>

namespace farm::coordinator {
namespace {

std::string what_of(const net::KeyOwner& owner) { return (owner.has_token() ? "token '" : "key '") + owner.name + "'"; }

Error denied(const net::KeyOwner& owner, const std::string& what) {
  return {ErrorKind::Denied, what_of(owner) + " has the role " + std::string(net::to_string(owner.role)) + " and may not " + what +
                                 "; use another " + (owner.has_token() ? "token" : "key") + ", or change the coordinator's key book"};
}

struct Verb {
  const char* name;
  bool changes;  // not for readers
  bool admins_only;
};

struct VerbOf {
  Verb operator()(const protocol::Submit&) const { return {"submit", true, false}; }
  Verb operator()(const protocol::SlicesPushed&) const { return {"push slices", true, false}; }
  Verb operator()(const protocol::WatchBuild&) const { return {"watch", false, false}; }
  Verb operator()(const protocol::CancelBuild&) const { return {"cancel", true, false}; }
  Verb operator()(const protocol::GetLog&) const { return {"read logs", false, false}; }
  Verb operator()(const protocol::GetHistory&) const { return {"list builds", false, false}; }
  Verb operator()(const protocol::GetFarm&) const { return {"ask about the farm", false, false}; }
  Verb operator()(const protocol::ExplainJob&) const { return {"explain", false, false}; }
  Verb operator()(const protocol::ListBuilds&) const { return {"list builds", false, false}; }
  Verb operator()(const protocol::ListAgents&) const { return {"list agents", false, false}; }
  Verb operator()(const protocol::SetDrain&) const { return {"drain agents", true, true}; }
  Verb operator()(const protocol::GetUsage&) const { return {"look at what takes the space", false, false}; }
  Verb operator()(const protocol::Prune&) const { return {"prune", true, true}; }
  Verb operator()(const protocol::Clean&) const { return {"clean", true, true}; }
  Verb operator()(const protocol::HoldBuilds&) const { return {"hold builds", true, true}; }
};

Result<void> authorise_agent(const net::KeyOwner& owner, const protocol::FromAgent& message) {
  if (owner.role != net::Role::Agent) return denied(owner, "speak as an agent");
  const auto* heartbeat = std::get_if<protocol::AgentHeartbeat>(&message);
  if (heartbeat != nullptr && heartbeat->agent != owner.name) {
    return Error{ErrorKind::Denied,
                 "the key of agent '" + owner.name + "' can't speak as agent '" + heartbeat->agent + "'; set the agent's `name`"};
  }
  return {};
}

}  // namespace

Result<void> authorise(const net::KeyOwner& owner, const wire::ToCoordinator& message) {
  if (const auto* from_agent = std::get_if<protocol::FromAgent>(&message)) return authorise_agent(owner, *from_agent);
  const Verb verb = std::visit(VerbOf{}, std::get<protocol::ClientRequest>(message).body);
  if (owner.role == net::Role::Admin) return {};
  if (owner.role == net::Role::Agent || verb.admins_only || (verb.changes && owner.role == net::Role::Reader))
    return denied(owner, verb.name);
  return {};
}

Result<void> may_touch(const net::KeyOwner& owner, const std::string& project) {
  if (owner.is_for(project)) return {};
  return Error{ErrorKind::Denied, what_of(owner) + " is not for project '" + project + "'; the coordinator's key book lists its projects"};
}

}  // namespace farm::coordinator
