// Purpose: a client that speaks the real protocol over a real socket, one request at a time.
#pragma once

#include <memory>
#include <string>

#include "shared/net/context.hpp"
#include "shared/net/dealer_link.hpp"
#include "shared/protocol/client_messages.hpp"

namespace farm::test {

class FakeClient {
 public:
  FakeClient(net::Context& context, const std::string& endpoint, const std::string& server_key, const net::KeyPair& keys);

  // Waits at most 20 s. No answer is a Refused with ErrorKind::Timeout; a refused key one with ErrorKind::Denied.
  protocol::ClientAnswerBody ask(protocol::ClientRequestBody body);
  // The answer, which must be of that kind; else the test fails and says what came.
  template <typename Answer>
  Answer ask_for(protocol::ClientRequestBody body) {
    protocol::ClientAnswerBody answer = ask(std::move(body));
    if (auto* right = std::get_if<Answer>(&answer)) return std::move(*right);
    complain(answer);
    return {};
  }
  // Watches until the build is final.
  BuildStatus wait_for_end(BuildId build);
  // Watches until the build runs and `name` is in that state.
  BuildStatus wait_for_job(BuildId build, const std::string& name, JobState state);

 private:
  static void complain(const protocol::ClientAnswerBody& answer);
  std::unique_ptr<net::DealerLink> link_;
  std::uint64_t next_ = 1;
};

}  // namespace farm::test
