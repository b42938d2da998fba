// Purpose: du, prune and clean without sockets and without a registry: a store that counts what each thread reads of it, a registry that
// is a list of manifests, and a loop that the test turns itself, one piece at a time.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "coordinator/app/reading.hpp"
#include "coordinator/app/registry_work.hpp"
#include "coordinator/app/upkeep.hpp"
#include "coordinator/store/records.hpp"
#include "shared/wire/wire.hpp"

namespace farm::coordinator::test {

// Records that were read, on the thread that made it and on others.
class CountingStore final : public store::Store {
 public:
  Result<void> apply(const store::Batch& batch, store::Durability durability) override {
    const std::scoped_lock lock(mutex_);
    return inner_->apply(batch, durability);
  }
  [[nodiscard]] Result<std::string> get(store::Kind kind, std::string_view key) const override {
    const std::scoped_lock lock(mutex_);
    count(1);
    return inner_->get(kind, key);
  }
  [[nodiscard]] Result<std::vector<store::Item>> scan(store::Kind kind, const store::Range& range) const override {
    const std::scoped_lock lock(mutex_);
    Result<std::vector<store::Item>> items = inner_->scan(kind, range);
    if (items) count(items->size());
    return items;
  }
  // Since the last time.
  std::size_t read_here() { return std::exchange(here_, 0); }
  [[nodiscard]] std::size_t read_elsewhere() const {
    const std::scoped_lock lock(mutex_);
    return elsewhere_;
  }

 private:
  void count(std::size_t records) const { (std::this_thread::get_id() == owner_ ? here_ : elsewhere_) += records; }

  const std::thread::id owner_ = std::this_thread::get_id();
  mutable std::mutex mutex_;
  std::unique_ptr<store::Store> inner_ = store::open_memory_store();
  mutable std::size_t here_ = 0;
  mutable std::size_t elsewhere_ = 0;
};

// Keeps what is sent to whom.
class FakeRouter final : public net::RouterLink {
 public:
  explicit FakeRouter(std::map<std::string, std::vector<std::string>>& sent) : sent_(sent) {}
  Result<void> send(std::string_view peer, std::string_view frame) override {
    sent_[std::string(peer)].emplace_back(frame);
    return {};
  }
  Result<std::optional<net::RouterEvent>> receive() override { return std::optional<net::RouterEvent>(); }
  [[nodiscard]] std::string endpoint() const override { return "tcp://nowhere"; }
  [[nodiscard]] std::uint64_t failed_handshakes() const override { return 0; }
  [[nodiscard]] std::array<void*, 2> pollable() override { return {}; }

 private:
  std::map<std::string, std::vector<std::string>>& sent_;
};

// What a thread hands to the loop.
template <typename T>
class Inbox {
 public:
  void push(T item) {
    const std::scoped_lock lock(mutex_);
    items_.push_back(std::move(item));
    news_.notify_all();
  }
  std::optional<T> wait_for_one() {
    std::unique_lock lock(mutex_);
    if (!news_.wait_for(lock, std::chrono::seconds(30), [this] { return !items_.empty(); })) return std::nullopt;
    T item = std::move(items_.front());
    items_.pop_front();
    return item;
  }

 private:
  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<T> items_;
};

struct UpkeepWorld {
  using Piece = std::variant<Reading::Then, RegistryAnswer>;

  UpkeepWorld() {
    log::Options quiet;
    quiet.to_stderr = false;
    auto opened = log::Logger::open(quiet);
    EXPECT_TRUE(opened);
    logger = std::move(*opened);
    core.emplace(Core{config, store, scheduler, *logger, metrics, health, link, work, reading, {}, Instant{kNow}, std::nullopt});
    tags.emplace(*core, memory);
    watchers.emplace(*core, book);
    logs.emplace(*core);
    effects.emplace(*core, book, memory, *tags, *watchers, *logs);
    submissions.emplace(*core, book, memory, *tags, *effects);
    upkeep.emplace(*core, book, memory, *effects, *submissions);
  }

  static Digest digest(std::size_t number, std::uint8_t kind) {
    Digest made;
    for (std::size_t byte = 0; byte < 8; ++byte) made.bytes[byte] = static_cast<std::uint8_t>(number >> (8 * byte));
    made.bytes[31] = kind;
    return made;
  }
  static wire::ResultRecord result(std::size_t number) {
    wire::ResultRecord record;
    record.key = digest(number, 1);
    record.kind = JobKind::Deps;
    record.name = "deps";
    record.project = "market";
    record.repository = "farm/deps";
    record.image = digest(number, 2);
    record.created_ms = 1'000;
    return record;
  }
  // Each with its manifest in the registry.
  void add_results(std::size_t count) {
    store::Batch batch;
    for (std::size_t i = 0; i < count; ++i) {
      store::put_use(batch, result(i));
      manifests.insert(digest(i, 2));
    }
    EXPECT_TRUE(store.apply(batch, store::Durability::Buffered));
  }
  [[nodiscard]] std::size_t results() const {
    std::size_t count = 0;
    EXPECT_TRUE(store::for_each(store, store::Kind::Results, [&count](const store::Item&) -> Result<void> {
      ++count;
      return {};
    }));
    return count;
  }

  // The registry's threads. Guarded, for the test looks in between.
  RegistryAnswer perform(const RegistryRequest& request) {
    const std::scoped_lock lock(registry);
    if (const auto* survey = std::get_if<SurveyRegistry>(&request)) {
      ++surveys;
      upkeep::Survey found;
      found.begun_ms = survey->begun_ms;
      for (const Digest& digest : manifests) found.manifests.push_back({"farm/deps", digest, {}, {{digest, 10}}});
      return RegistrySurveyed{std::move(found)};
    }
    if (const auto* erase = std::get_if<EraseManifests>(&request)) {
      ManifestsErased answer;
      for (const upkeep::Deletion& deletion : erase->deletions) {
        if (used_again.contains(deletion.digest) || deletions_left == 0) {
          answer.left.push_back(deletion);
          answer.used_again += used_again.contains(deletion.digest) ? 1U : 0U;
          answer.away = answer.away || !used_again.contains(deletion.digest);
          continue;
        }
        --deletions_left;
        manifests.erase(deletion.digest);
        ++answer.erased;
      }
      return answer;
    }
    return failed_answer(request, {ErrorKind::Unavailable, "not in this test"});
  }

  void ask(const std::string& peer, UpkeepWork wanted, std::uint64_t request = 1) {
    net::KeyOwner owner;
    owner.name = peer;
    owner.role = net::Role::Admin;
    upkeep->ask(peer, request, owner, std::move(wanted));
  }
  // One turn of the loop, with one thing to do. False: none came.
  bool turn() {
    std::optional<Piece> piece = inbox.wait_for_one();
    if (!piece) return false;
    if (auto* then = std::get_if<Reading::Then>(&*piece)) (*then)();
    if (auto* answer = std::get_if<RegistryAnswer>(&*piece)) {
      if (auto* surveyed = std::get_if<RegistrySurveyed>(answer)) upkeep->on(*surveyed);
      if (auto* erased = std::get_if<ManifestsErased>(answer)) upkeep->on(*erased);
    }
    most_in_a_turn = std::max(most_in_a_turn, store.read_here());
    return true;
  }
  template <typename Answer>
  Answer answer_to(const std::string& peer) {
    (void)store.read_here();
    while (sent[peer].empty() && turn()) {
    }
    return answered<Answer>(peer);
  }
  template <typename Answer>
  Answer answered(const std::string& peer) {
    if (sent[peer].empty()) {
      ADD_FAILURE() << peer << " was not answered";
      return {};
    }
    Result<protocol::ClientAnswer> answer = wire::decode_client_answer(sent[peer].back());
    sent[peer].pop_back();
    EXPECT_TRUE(answer);
    if (auto* refused = std::get_if<protocol::Refused>(&answer->body); refused != nullptr && !std::is_same_v<Answer, protocol::Refused>)
      ADD_FAILURE() << refused->message;
    auto* body = std::get_if<Answer>(&answer->body);
    EXPECT_NE(body, nullptr);
    return body == nullptr ? Answer{} : std::move(*body);
  }

  static constexpr std::int64_t kNow = 1'000'000'000;
  std::map<std::string, std::vector<std::string>> sent;
  Inbox<Piece> inbox;
  std::mutex registry;
  std::set<Digest> manifests;
  std::set<Digest> used_again;
  std::size_t deletions_left = SIZE_MAX;  // then the registry is away
  std::size_t surveys = 0;
  std::size_t most_in_a_turn = 0;

  config::CoordinatorConfig config;
  CountingStore store;
  scheduler::Scheduler scheduler{scheduler::SchedulerOptions{}};
  std::unique_ptr<log::Logger> logger;
  metrics::Metrics metrics;
  Health health;
  Link link{std::make_unique<FakeRouter>(sent)};
  RegistryWork work{1, 100, [this](const RegistryRequest& request) { return perform(request); },
                    [this](RegistryAnswer answer) { inbox.push(std::move(answer)); }, metrics};
  Reading reading{100, [this](Reading::Then then) { inbox.push(std::move(then)); }};
  std::optional<Core> core;
  BuildBook book;
  RegistryMemory memory;
  std::optional<TagBoard> tags;
  std::optional<Watchers> watchers;
  std::optional<JobLogs> logs;
  std::optional<Effects> effects;
  std::optional<Submissions> submissions;
  std::optional<Upkeep> upkeep;
};

}  // namespace farm::coordinator::test
