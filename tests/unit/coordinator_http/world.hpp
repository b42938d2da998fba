// Purpose: an API over a memory store and a board that a test fills, without a loop and without a server.
#pragma once

#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include "coordinator/http/api.hpp"
#include "coordinator/store/logs.hpp"
#include "coordinator/store/records.hpp"

namespace farm::coordinator::test {

inline Instant g_now{1'000'000};

struct World {
  explicit World(bool read_needs_a_token = false) : read_needs_token(read_needs_a_token) {}

  const bool read_needs_token;
  std::unique_ptr<store::Store> store = store::open_memory_store();
  Board board;
  Health health;
  std::vector<std::string> explained;  // jobs that were asked about
  metrics::Metrics metrics;
  Callers callers{metrics};
  Api api{*store,
          board,
          health,
          callers,
          [] { return g_now; },
          {"1.2.3", "registry:5000", Instant{5}, read_needs_token},
          [this](const auto& build, const auto& job) {
            explained.push_back(to_string(build.id) + " " + job.name);
            history::ExplainedJob told;
            told.told.build = build.id;
            told.told.job = job;
            told.told.steps = {{"[1/1] RUN x", Millis{4}, true, false, Millis{2}}};
            return told;
          }};

  static Digest digest(std::uint8_t fill) {
    Digest made;
    made.bytes.fill(fill);
    return made;
  }
  // A build with one service whose image job (id 10 × build) is in that state.
  static BuildStatus build(std::uint64_t id, BuildState state, JobState job_state, const std::string& project = "market") {
    BuildStatus status;
    status.id = BuildId{id};
    status.version = 100 * id + static_cast<std::uint64_t>(state);
    status.project = project;
    status.state = state;
    status.created_ms = static_cast<std::int64_t>(id);
    JobStatus job;
    job.name = "image api";
    job.state = job_state;
    job.cause = "source";
    if (job_state != JobState::Hit) job.id = JobId{10 * id};
    status.jobs.push_back(job);
    status.services.push_back({"api", ServiceResult::Pending, "", "registry:5000/market/api:latest", {}, "image api"});
    return status;
  }
  void save(const BuildStatus& status) {
    store::Batch batch;
    store::put(batch, status);
    ASSERT_TRUE(store->apply(batch));
  }
  // As the loop does it: the record first, then the board.
  void show(const BuildStatus& status) {
    save(status);
    board.build_is(status);
  }
  void log(JobId job, std::uint64_t offset, const std::string& text) {
    store::Batch batch;
    ASSERT_TRUE(store::put_log(batch, job, Fence{1}, offset, text));
    ASSERT_TRUE(store->apply(batch));
    board.logs_grew();
  }
  http::Answer get(const std::string& path, std::map<std::string, std::string> query = {}, const std::string& last_event_id = "") {
    return api.answer({path, std::move(query), last_event_id});
  }
  nlohmann::json json(const std::string& path, std::map<std::string, std::string> query = {}) {
    const http::Answer answer = get(path, std::move(query));
    EXPECT_EQ(answer.status, 200) << path << ": " << answer.body;
    return nlohmann::json::parse(answer.body);
  }
};

}  // namespace farm::coordinator::test
