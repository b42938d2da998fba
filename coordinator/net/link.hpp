// Purpose: messages instead of frames at the coordinator's one socket, and where each agent can be reached. One thread: the loop's.
// A frame that can't be decoded is an Unreadable event, never a crash. Sending to a peer that is gone is no error: heartbeats heal it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "shared/base/result.hpp"
#include "shared/net/router_link.hpp"
#include "shared/protocol/agent_messages.hpp"
#include "shared/protocol/client_messages.hpp"
#include "shared/wire/wire.hpp"

namespace farm::coordinator {

struct Arrived {
  std::string peer;  // for answers
  std::string user;  // the name of its key
  wire::ToCoordinator message;
};
struct Unreadable {
  std::string peer;
  std::string user;
  Error error;
};
// The newest connection of an agent is closed.
struct AgentGone {
  std::string agent;
};
// A connection of somebody else is closed: nobody waits for answers there.
struct PeerClosed {
  std::string peer;
};
using LinkEvent = std::variant<Arrived, Unreadable, AgentGone, PeerClosed>;

class Link {
 public:
  explicit Link(std::unique_ptr<net::RouterLink> router);

  // The next event, or none; returns at once.
  Result<std::optional<LinkEvent>> receive();
  // `agent` speaks from `peer` now.
  void agent_is_at(const std::string& agent, const std::string& peer);
  // Error: NotFound, Overloaded: nothing was sent.
  Result<void> send(const std::string& agent, const protocol::ToAgent& message);
  Result<void> answer(const std::string& peer, const protocol::ClientAnswer& answer);

  [[nodiscard]] net::RouterLink& router() { return *router_; }

 private:
  LinkEvent gone(const net::PeerGone& event);

  std::unique_ptr<net::RouterLink> router_;
  std::map<std::string, std::string> peer_of_agent_;
};

}  // namespace farm::coordinator
