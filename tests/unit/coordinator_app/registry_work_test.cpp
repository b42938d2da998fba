#include "coordinator/app/registry_work.hpp"

#include <future>

#include <gtest/gtest.h>

namespace farm::coordinator {
namespace {

// Collects answers, and lets a test wait for so many.
class Collector {
 public:
  void add(RegistryAnswer answer) {
    const std::scoped_lock lock(mutex_);
    answers_.push_back(std::move(answer));
    changed_.notify_all();
  }
  std::vector<RegistryAnswer> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return answers_.size() >= count; });
    return answers_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<RegistryAnswer> answers_;
};

TEST(RegistryWork, AnswersEachRequestOnce) {
  metrics::Metrics metrics;
  Collector collector;
  RegistryWork work(
      3, 100, [](const RegistryRequest& request) { return failed_answer(request, {ErrorKind::NotFound, "none"}); },
      [&](RegistryAnswer answer) { collector.add(std::move(answer)); }, metrics);
  for (int i = 0; i < 50; ++i) work.ask(ResolveBase{"image:" + std::to_string(i)});
  std::set<std::string> references;
  for (const RegistryAnswer& answer : collector.wait_for(50)) references.insert(std::get<BaseResolved>(answer).reference);
  EXPECT_EQ(references.size(), 50U);
  EXPECT_NE(metrics.text().find("farm_registry_call_seconds_count{call=\"resolve_base\",outcome=\"error\"} 50"), std::string::npos);
}

TEST(RegistryWork, AFullQueueIsAnsweredAtOnce) {
  metrics::Metrics metrics;
  Collector collector;
  std::promise<void> gate;
  std::shared_future<void> open(gate.get_future());
  std::promise<void> entered;
  std::atomic<bool> first{true};
  RegistryWork work(
      1, 1,
      [&, open](const RegistryRequest&) -> RegistryAnswer {
        if (first.exchange(false)) entered.set_value();
        open.wait();
        return RegistryPinged{{}};
      },
      [&](RegistryAnswer answer) { collector.add(std::move(answer)); }, metrics);
  work.ask(PingRegistry{});
  entered.get_future().wait();
  work.ask(PingRegistry{});
  work.ask(CheckResult{Digest{}, "r", Digest{}});
  const auto refused = collector.wait_for(1);
  const auto& answer = std::get<ResultChecked>(refused[0]);
  ASSERT_FALSE(answer.present);
  EXPECT_EQ(answer.present.error().kind, ErrorKind::Overloaded);
  gate.set_value();
  EXPECT_EQ(collector.wait_for(3).size(), 3U);
}

TEST(RegistryWork, AFailedAnswerIsOfItsRequestsKind) {
  const Error error{ErrorKind::Timeout, "late"};
  for (const RegistryRequest& request : {RegistryRequest(ResolveBase{}), RegistryRequest(CheckResult{}), RegistryRequest(FindSlice{}),
                                         RegistryRequest(VerifyManifest{}), RegistryRequest(MoveTag{}), RegistryRequest(PingRegistry{}),
                                         RegistryRequest(SurveyRegistry{}), RegistryRequest(EraseManifests{})}) {
    const RegistryAnswer answer = failed_answer(request, error);
    EXPECT_EQ(answer.index(), request.index()) << name_of(request);
    EXPECT_FALSE(succeeded(answer)) << name_of(request);
  }
}

}  // namespace
}  // namespace farm::coordinator
