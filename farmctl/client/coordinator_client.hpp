// Purpose: farmctl's conversation with the coordinator: one request, one answer, over a connection that may come and go. A request is sent
// again (same id) until its answer comes or the time is over; the coordinator answers a repeat as it answered the first.
// One thread. Errors: Unavailable (nobody answers; says where), Denied (wrong key), Cancelled (the user interrupted), what the coordinator
// refused.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/config/config.hpp"
#include "shared/net/dealer_link.hpp"
#include "shared/protocol/client_messages.hpp"

namespace farm::ctl {

class CoordinatorClient {
 public:
  static Result<std::unique_ptr<CoordinatorClient>> connect(const config::ClientConfig& config);

  // `interrupt` (may be null): looked at while waiting.
  Result<protocol::ClientAnswerBody> ask(const protocol::ClientRequestBody& body, Millis timeout,
                                         const std::atomic<bool>* interrupt = nullptr);

  // As ask(), for one kind of answer. A Refused becomes its Error; another kind is Internal.
  template <typename Answer>
  Result<Answer> ask_for(const protocol::ClientRequestBody& body, Millis timeout, const std::atomic<bool>* interrupt = nullptr) {
    Result<protocol::ClientAnswerBody> answer = ask(body, timeout, interrupt);
    if (!answer) return std::move(answer).error();
    if (auto* wanted = std::get_if<Answer>(&*answer)) return std::move(*wanted);
    if (const auto* refused = std::get_if<protocol::Refused>(&*answer)) return Error{refused->kind, refused->message};
    return Error{ErrorKind::Internal, "the coordinator answered with another kind of message than was asked for"};
  }

 private:
  CoordinatorClient(config::ClientConfig config, std::unique_ptr<net::Context> context, std::unique_ptr<net::DealerLink> link)
      : config_(std::move(config)), context_(std::move(context)), link_(std::move(link)) {}

  config::ClientConfig config_;
  std::unique_ptr<net::Context> context_;  // outlives the link
  std::unique_ptr<net::DealerLink> link_;
  std::uint64_t next_request_ = 1;
};

}  // namespace farm::ctl
