#include "coordinator/net/link.hpp"

#include <utility>

#include "shared/base/limits.hpp"

namespace farm::coordinator {

Link::Link(std::unique_ptr<net::RouterLink> router) : router_(std::move(router)) {}

Result<std::optional<LinkEvent>> Link::receive() {
  Result<std::optional<net::RouterEvent>> event = router_->receive();
  if (!event) return std::move(event).error();
  if (!*event) return std::optional<LinkEvent>();
  if (const auto* closed = std::get_if<net::PeerGone>(&**event)) return std::optional<LinkEvent>(gone(*closed));
  auto& frame = std::get<net::PeerFrame>(**event);
  Result<wire::ToCoordinator> message = wire::decode_to_coordinator(frame.frame);
  if (!message) return std::optional<LinkEvent>(Unreadable{std::move(frame.peer), std::move(frame.user), std::move(message).error()});
  return std::optional<LinkEvent>(Arrived{std::move(frame.peer), std::move(frame.user), std::move(*message)});
}

LinkEvent Link::gone(const net::PeerGone& event) {
  const auto agent = peer_of_agent_.find(event.user);
  if (agent == peer_of_agent_.end() || agent->second != event.peer) return PeerClosed{event.peer};
  peer_of_agent_.erase(agent);
  return AgentGone{event.user};
}

void Link::agent_is_at(const std::string& agent, const std::string& peer) { peer_of_agent_[agent] = peer; }

Result<void> Link::send(const std::string& agent, const protocol::ToAgent& message) {
  const auto peer = peer_of_agent_.find(agent);
  if (peer == peer_of_agent_.end()) return Error{ErrorKind::NotFound, "agent " + agent + " is not connected"};
  return router_->send(peer->second, wire::encode(message));
}

Result<void> Link::answer(const std::string& peer, const protocol::ClientAnswer& answer) {
  const std::string frame = wire::encode(answer);
  if (frame.size() <= limits::kFrameBytesMax) return router_->send(peer, frame);
  // Silence, or an error that may pass, would be asked again for ever.
  const protocol::Refused refused{ErrorKind::Unsupported, "the answer has " + std::to_string(frame.size()) +
                                                              " bytes, more than the limit of one message (" +
                                                              std::to_string(limits::kFrameBytesMax) + "); ask for less at a time"};
  return router_->send(peer, wire::encode(protocol::ClientAnswer{answer.request_id, refused}));
}

}  // namespace farm::coordinator
