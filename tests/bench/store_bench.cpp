// How long it takes to read what a large farm remembers: 50,000 results, as many slices, 5,000 builds. None of this may happen in the
// coordinator's loop (coordinator/app/reading.hpp); these numbers say why.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>
#include <string>

#include "coordinator/app/history.hpp"
#include "coordinator/store/records.hpp"
#include "coordinator/store/retention.hpp"
#include "tests/support/temp_dir.hpp"

namespace farm::store {
namespace {

constexpr std::size_t kResults = 50'000;
constexpr std::size_t kBuilds = 5'000;
constexpr std::size_t kJobs = 12;
constexpr std::int64_t kNow = 1'800'000'000'000;

Digest digest_of(std::size_t i, std::uint8_t kind) {
  Digest digest;
  for (std::size_t byte = 0; byte < 8; ++byte) digest.bytes[byte] = static_cast<std::uint8_t>(i >> (8 * byte));
  digest.bytes[31] = kind;
  return digest;
}

ResultRecord result(std::size_t i) {
  ResultRecord record;
  record.key = digest_of(i, 1);
  record.name = "service-" + std::to_string(i % 40);
  record.project = "project-" + std::to_string(i % 7);
  record.repository = "farm/" + record.name;
  record.image = digest_of(i, 2);
  record.created_ms = kNow - static_cast<std::int64_t>(i) * 1'000;
  for (int input = 0; input < 30; ++input) record.key_inputs.push_back({"crate:member-" + std::to_string(input), record.key.hex()});
  return record;
}

BuildStatus build(std::size_t i) {
  BuildStatus status;
  status.id = BuildId{i + 1};
  status.state = BuildState::Succeeded;
  status.project = "project-" + std::to_string(i % 7);
  status.finished_ms = kNow;
  for (std::size_t job = 0; job < kJobs; ++job) {
    JobStatus shown;
    shown.id = JobId{i * kJobs + job + 1};
    shown.name = "image:service-" + std::to_string(job);
    shown.key = digest_of(i * kJobs + job, 3);
    shown.state = JobState::Succeeded;
    shown.reason = "crate 'core' changed: src/lib.rs";
    shown.placement = "it ends here first (41 s, beta 55 s); it has the layers below";
    status.jobs.push_back(std::move(shown));
  }
  return status;
}

Store& large_store() {
  static test::TempDir dir;
  static const std::unique_ptr<Store> store = [] {
    std::unique_ptr<Store> made = std::move(*open_rocks_store({dir.at("state"), false}));
    Batch batch;
    for (std::size_t i = 0; i < kResults; ++i) {
      put(batch, result(i));
      put(batch, SliceRecord{digest_of(i, 4), digest_of(i, 5), 1'000, kNow, {"project-1"}});
    }
    for (std::size_t i = 0; i < kBuilds; ++i) {
      put(batch, build(i));
      for (std::size_t job = 0; job < kJobs; ++job) batch.put(Kind::LogSizes, number_key(i * kJobs + job + 1, 1), number_key(20'000));
    }
    if (!made->apply(batch)) std::abort();
    return made;
  }();
  return *store;
}

template <typename T>
void read_all(benchmark::State& state, Kind kind) {
  Store& store = large_store();
  for (auto _ : state) {
    std::size_t read = 0;
    (void)for_each(store, kind, [&](const Item& item) -> Result<void> {
      if (wire::decode_record<T>(item.value)) ++read;
      return {};
    });
    if (read == 0) state.SkipWithError("nothing was read");
  }
}

void results(benchmark::State& state) { read_all<ResultRecord>(state, Kind::Results); }
void slices(benchmark::State& state) { read_all<SliceRecord>(state, Kind::Slices); }

void history_of_a_project_with_few_builds(benchmark::State& state) {
  Store& store = large_store();
  for (auto _ : state) {
    protocol::GetHistory wanted;
    wanted.project = "another";
    wanted.count_max = 100;
    benchmark::DoNotOptimize(coordinator::history(store, wanted, [](const std::string&) { return true; }));
  }
}

void list_of_builds(benchmark::State& state) {
  Store& store = large_store();
  for (auto _ : state) benchmark::DoNotOptimize(newest_statuses(store, 500));
}

void retention(benchmark::State& state) {
  Store& store = large_store();
  RetentionLimits limits;
  limits.builds_max = kBuilds;
  for (auto _ : state) benchmark::DoNotOptimize(prune(store, limits, kNow));
}

BENCHMARK(results)->Unit(benchmark::kMillisecond);
BENCHMARK(slices)->Unit(benchmark::kMillisecond);
BENCHMARK(history_of_a_project_with_few_builds)->Unit(benchmark::kMillisecond);
BENCHMARK(list_of_builds)->Unit(benchmark::kMillisecond);
BENCHMARK(retention)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace farm::store

BENCHMARK_MAIN();
