#include "coordinator/net/link.hpp"

#include <gtest/gtest.h>

#include "shared/base/limits.hpp"
#include "shared/wire/wire.hpp"

namespace farm::coordinator {
namespace {

class FakeRouter final : public net::RouterLink {
 public:
  explicit FakeRouter(std::vector<std::string>& sent) : sent_(sent) {}
  Result<void> send(std::string_view, std::string_view frame) override {
    if (frame.size() > limits::kFrameBytesMax) return Error{ErrorKind::Overloaded, "too big"};
    sent_.emplace_back(frame);
    return {};
  }
  Result<std::optional<net::RouterEvent>> receive() override { return std::optional<net::RouterEvent>(); }
  [[nodiscard]] std::string endpoint() const override { return ""; }
  [[nodiscard]] std::uint64_t failed_handshakes() const override { return 0; }
  [[nodiscard]] std::array<void*, 2> pollable() override { return {}; }

 private:
  std::vector<std::string>& sent_;
};

// A client that hears nothing asks again for ever.
TEST(CoordinatorLink, AnAnswerThatIsTooBigForAFrameIsRefusedInWords) {
  std::vector<std::string> sent;
  Link link(std::make_unique<FakeRouter>(sent));
  BuildStatus status;
  status.jobs.resize(4'200);
  for (JobStatus& job : status.jobs) job.reason.assign(4'096, 'x');
  ASSERT_TRUE(link.answer("peer", {7, status}));
  ASSERT_EQ(sent.size(), 1U);
  const auto answer = wire::decode_client_answer(sent[0]);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->request_id, 7U);
  const auto* refused = std::get_if<protocol::Refused>(&answer->body);
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->kind, ErrorKind::Unsupported);

  status.jobs.resize(10);
  ASSERT_TRUE(link.answer("peer", {8, status}));
  EXPECT_TRUE(std::holds_alternative<BuildStatus>(wire::decode_client_answer(sent.back())->body));
}

}  // namespace
}  // namespace farm::coordinator
