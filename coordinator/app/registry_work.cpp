#include "coordinator/app/registry_work.hpp"

#include <chrono>
#include <utility>

namespace farm::coordinator {
namespace {

struct Failer {
  const Error& error;
  RegistryAnswer operator()(const ResolveBase& request) const { return BaseResolved{request.reference, error}; }
  RegistryAnswer operator()(const CheckResult& request) const { return ResultChecked{request.key, request.image, error}; }
  RegistryAnswer operator()(const FindSlice& request) const { return SliceFound{request.id, error, !request.known}; }
  RegistryAnswer operator()(const VerifyManifest& request) const { return ManifestVerified{request.job, request.fence, error}; }
  RegistryAnswer operator()(const MoveTag& request) const { return TagMoved{request, error}; }
  RegistryAnswer operator()(const PingRegistry&) const { return RegistryPinged{error}; }
  RegistryAnswer operator()(const SurveyRegistry&) const { return RegistrySurveyed{error}; }
  RegistryAnswer operator()(const EraseManifests& request) const {
    return ManifestsErased{0, 0, false, true, {error.message}, request.deletions};
  }
};

struct Judge {
  bool operator()(const BaseResolved& answer) const { return answer.digest.has_value(); }
  bool operator()(const ResultChecked& answer) const { return answer.present.has_value(); }
  bool operator()(const SliceFound& answer) const { return answer.blob.has_value(); }
  bool operator()(const RegistrySurveyed& answer) const { return answer.survey.has_value(); }
  bool operator()(const ManifestsErased& answer) const { return answer.problems.empty(); }
  template <typename Other>
  bool operator()(const Other& answer) const {
    return answer.outcome.has_value();
  }
};

}  // namespace

RegistryAnswer failed_answer(const RegistryRequest& request, const Error& error) { return std::visit(Failer{error}, request); }

bool succeeded(const RegistryAnswer& answer) { return std::visit(Judge{}, answer); }

std::string_view name_of(const RegistryRequest& request) {
  static constexpr std::string_view kNames[] = {"resolve_base", "check_result", "find_slice", "verify_manifest",
                                                "move_tag",     "ping",         "survey",     "erase"};
  return kNames[request.index()];
}

RegistryWork::RegistryWork(std::uint32_t threads, std::size_t waiting_max, Perform perform, Deliver deliver, metrics::Metrics& metrics)
    : waiting_max_(waiting_max), perform_(std::move(perform)), deliver_(std::move(deliver)), metrics_(metrics) {
  for (std::uint32_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

RegistryWork::~RegistryWork() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    waiting_.clear();
  }
  ready_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void RegistryWork::ask(RegistryRequest request) {
  {
    const std::scoped_lock lock(mutex_);
    if (waiting_.size() < waiting_max_) {
      waiting_.push_back(std::move(request));
      ready_.notify_one();
      return;
    }
  }
  deliver_(failed_answer(request, {ErrorKind::Overloaded, "too many questions to the registry wait already; try again later"}));
}

void RegistryWork::work() {
  for (;;) {
    RegistryRequest request;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      request = std::move(waiting_.front());
      waiting_.pop_front();
      ++running_;
      metrics_.set(metrics::Metric::RegistryCallsWaiting, static_cast<double>(waiting_.size() + running_));
    }
    perform_one(request);
    const std::scoped_lock lock(mutex_);
    --running_;
    metrics_.set(metrics::Metric::RegistryCallsWaiting, static_cast<double>(waiting_.size() + running_));
  }
}

void RegistryWork::perform_one(const RegistryRequest& request) {
  const auto start = std::chrono::steady_clock::now();
  RegistryAnswer answer = perform_(request);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  metrics_.observe(metrics::Metric::RegistryCallSeconds, took.count(), {name_of(request), succeeded(answer) ? "ok" : "error"});
  deliver_(std::move(answer));
}

}  // namespace farm::coordinator
