#include "farmctl/client/coordinator_client.hpp"

#include <chrono>

#include "farmctl/client/find_farm.hpp"
#include "shared/wire/wire.hpp"

namespace farm::ctl {
namespace {

constexpr Millis kSliceOfWaiting{100};  // how often the interrupt flag is looked at
constexpr Millis kRepeatAfter{3'000};

Instant now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

}  // namespace

Result<std::unique_ptr<CoordinatorClient>> CoordinatorClient::connect(const config::ClientConfig& config) {
  Result<net::KeyPair> keys = read_own_key(config.key_file);
  if (!keys) return std::move(keys).error().with("reading farmctl's key");
  auto context = std::make_unique<net::Context>();
  net::DealerOptions options;
  options.endpoint = config.coordinator;
  options.server_key = config.coordinator_key;
  options.keys = *keys;
  Result<std::unique_ptr<net::DealerLink>> link = net::DealerLink::connect(*context, options);
  if (!link) return std::move(link).error().with("connecting to the coordinator at " + config.coordinator);
  return std::unique_ptr<CoordinatorClient>(new CoordinatorClient(config, std::move(context), *std::move(link)));
}

Result<protocol::ClientAnswerBody> CoordinatorClient::ask(const protocol::ClientRequestBody& body, Millis timeout,
                                                          const std::atomic<bool>* interrupt) {
  const std::uint64_t id = next_request_++;
  const std::string frame = wire::encode(protocol::ClientRequest{id, body});
  const Instant deadline = now() + timeout;
  Instant repeat_at = now();
  while (now() < deadline) {
    if (interrupt != nullptr && interrupt->load()) return Error{ErrorKind::Cancelled, "interrupted"};
    if (now() >= repeat_at && link_->connected()) {
      const Result<void> sent = link_->send(frame);
      if (!sent && sent.error().kind != ErrorKind::Unavailable)
        return sent.error().with("asking the coordinator at " + config_.coordinator);
      if (sent) repeat_at = now() + kRepeatAfter;
    }
    Result<std::optional<net::DealerEvent>> event = link_->next(kSliceOfWaiting);
    if (!event) return std::move(event).error();
    if (!event->has_value()) continue;
    if (const auto* refused = std::get_if<net::ConnectionRefused>(&**event)) return refused->error;
    if (std::holds_alternative<net::Disconnected>(**event)) repeat_at = now();
    const auto* received = std::get_if<net::FrameReceived>(&**event);
    if (received == nullptr) continue;
    Result<protocol::ClientAnswer> answer = wire::decode_client_answer(received->frame);
    if (!answer) return std::move(answer).error().with("reading the coordinator's answer");
    if (answer->request_id == id) return std::move(answer->body);  // others answer a request that was given up
  }
  return Error{ErrorKind::Unavailable,
               "the coordinator at " + config_.coordinator + " does not answer; is it running? (`farmctl local status`, or its log)"};
}

}  // namespace farm::ctl
