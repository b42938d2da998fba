#include "tests/integration/coordinator/fake_client.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <gtest/gtest.h>

#include "shared/wire/wire.hpp"

namespace farm::test {
namespace {

constexpr std::chrono::seconds kPatience{20};

}  // namespace

FakeClient::FakeClient(net::Context& context, const std::string& endpoint, const std::string& server_key, const net::KeyPair& keys) {
  net::DealerOptions options;
  options.endpoint = endpoint;
  options.server_key = server_key;
  options.keys = keys;
  auto link = net::DealerLink::connect(context, options);
  EXPECT_TRUE(link) << (link ? "" : link.error().message);
  if (link) link_ = std::move(*link);
}

protocol::ClientAnswerBody FakeClient::ask(protocol::ClientRequestBody body) {
  const std::uint64_t id = next_++;
  const std::string frame = wire::encode(protocol::ClientRequest{id, std::move(body)});
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  bool sent = false;
  while (std::chrono::steady_clock::now() < deadline) {
    if (!sent) sent = link_->send(frame).has_value();
    auto event = link_->next(Millis{100});
    if (!event || !*event) continue;
    if (const auto* refused = std::get_if<net::ConnectionRefused>(&**event)) {
      return protocol::Refused{refused->error.kind, refused->error.message};
    }
    if (std::holds_alternative<net::Disconnected>(**event)) sent = false;
    const auto* received = std::get_if<net::FrameReceived>(&**event);
    if (received == nullptr) continue;
    auto answer = wire::decode_client_answer(received->frame);
    if (answer && answer->request_id == id) return std::move(answer->body);
  }
  return protocol::Refused{ErrorKind::Timeout, "no answer"};
}

BuildStatus FakeClient::wait_for_end(BuildId build) {
  BuildStatus status;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    status = ask_for<BuildStatus>(protocol::WatchBuild{build, status.version, Millis{2'000}});
    if (!status.id || is_final(status.state)) return status;
  }
  ADD_FAILURE() << "build " << to_string(build) << " did not end: " << status.reason;
  return status;
}

BuildStatus FakeClient::wait_for_job(BuildId build, const std::string& name, JobState state) {
  BuildStatus status;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    status = ask_for<BuildStatus>(protocol::WatchBuild{build, status.version, Millis{500}});
    const bool there =
        std::any_of(status.jobs.begin(), status.jobs.end(), [&](const JobStatus& job) { return job.name == name && job.state == state; });
    if (there) return status;
    if (!status.id || is_final(status.state)) break;
  }
  ADD_FAILURE() << "job " << name << " did not become " << to_string(state) << "; build: " << to_string(status.state) << " "
                << status.reason;
  return status;
}

void FakeClient::complain(const protocol::ClientAnswerBody& answer) {
  if (const auto* refused = std::get_if<protocol::Refused>(&answer)) {
    ADD_FAILURE() << "refused: " << to_string(refused->kind) << ": " << refused->message;
  } else {
    ADD_FAILURE() << "another answer came: alternative " << answer.index();
  }
}

}  // namespace farm::test
