// The one table of the coordinator's metrics.
#include "coordinator/admission/reasons.hpp"
#include "coordinator/metrics/metrics.hpp"
#include "coordinator/metrics/observe.hpp"
#include "shared/base/error.hpp"
#include "shared/metrics/process.hpp"
#include "shared/model/status.hpp"

namespace farm::metrics {
namespace {

using Names = std::vector<std::string>;

// The names of an enum's values from `first` to `last`.
template <typename Enum>
Names names(Enum first, Enum last) {
  Names all;
  for (auto value = static_cast<int>(first); value <= static_cast<int>(last); ++value) {
    all.emplace_back(to_string(static_cast<Enum>(value)));
  }
  return all;
}

struct Labels {
  Label kind{"kind", names(JobKind::Deps, JobKind::Image)};
  Label build_outcome{"outcome", names(BuildState::Succeeded, BuildState::Cancelled)};
  Label job_outcome{"outcome", names(JobState::Succeeded, JobState::Cancelled)};
  Label service_result{"result", names(ServiceResult::Hit, ServiceResult::Cancelled)};
  Label error{"cause", names(ErrorKind::InvalidInput, ErrorKind::Internal)};
  Label miss_cause{"cause", names(admission::Cause::NoCache, admission::kLastCause)};
  Label retry_cause{"cause", retry_causes()};
  Label phase{"phase", {"queue", "fetch", "cook", "compile", "other", "export", "push"}};
  Label hit{"result", {"hit", "miss"}};
  Label step{"result", {"cached", "run"}};
  Label slice{"result", {"known", "missing"}};
  Label content{"content", {"deps", "crates", "compile", "image", "slices"}};
  Label refused{"cause", {"denied", "unreadable", "log_chunk_too_big", "other"}};
  Label denied{"cause", {"host", "origin", "no_token", "wrong_token", "role"}};
  Label agent_state{"state", {"up", "draining", "lost", "refused"}};
  Label call{"call", {"resolve_base", "check_result", "find_slice", "verify_manifest", "move_tag", "ping", "other"}};
  Label call_outcome{"outcome", {"ok", "error"}};
  Label records{"records",
                {"meta", "builds", "jobs", "specs", "submissions", "tokens", "statuses", "results", "latest", "slices", "durations",
                 "agents", "drains", "logs", "log_sizes", "events", "steps", "listings", "other"}};
  Label version{"version", {}, 4};
  Label agent{"agent", {}, 500};
  Label project{"project", {}, 20};
  Label service{"service", {}, 200};
  Label job{"farm_job", {}, 200};  // "job" is a label of the scrape
};

std::vector<Row> make_table() {
  const Labels l;
  std::vector<Row> rows;
  const auto add = [&rows](Metric metric, Row row) {
    row.id = static_cast<std::size_t>(metric);
    rows.push_back(std::move(row));
  };
  const auto counter = [&](Metric metric, const char* name, const char* unit, const char* help, std::vector<Label> labels = {}) {
    add(metric, {0, name, Type::Counter, unit, help, std::move(labels), Buckets::None});
  };
  const auto gauge = [&](Metric metric, const char* name, const char* unit, const char* help, std::vector<Label> labels = {}) {
    add(metric, {0, name, Type::Gauge, unit, help, std::move(labels), Buckets::None});
  };
  const auto histogram = [&](Metric metric, const char* name, Buckets buckets, const char* help, std::vector<Label> labels = {}) {
    add(metric, {0, name, Type::Histogram, buckets == Buckets::Ratio ? "ratio" : "seconds", help, std::move(labels), buckets});
  };

  gauge(Metric::BuildInfo, "farm_build_info", "", "Always 1; which program, in which version.",
        {Label{"program", {"coordinator"}}, l.version});

  counter(Metric::Builds, "farm_builds_total", "", "Builds that ended.", {l.build_outcome});
  histogram(Metric::BuildSeconds, "farm_build_seconds", Buckets::Coarse, "From submission to the end of a build.", {l.build_outcome});
  gauge(Metric::BuildsOpen, "farm_builds_open", "", "Builds that have not ended.");
  counter(Metric::SubmissionsRefused, "farm_submissions_refused_total", "", "Submissions that were not let in.", {l.error});

  counter(Metric::Jobs, "farm_jobs_total", "", "Jobs that ended.", {l.kind, l.job_outcome});
  histogram(
      Metric::JobPhaseSeconds, "farm_job_phase_seconds", Buckets::Coarse,
      "Time of the phases of jobs that an agent ran: queue (ready, without a slot), fetch (slices, context), cook (`cargo chef cook`), "
      "compile (`cargo build`), other (steps of another sort), export (writing layers), push. A phase that a job did not have is not "
      "observed.",
      {l.kind, l.phase});
  histogram(
      Metric::JobSlowness, "farm_job_slowness_ratio", Buckets::Ratio,
      "Time of a job that succeeded over what its own history predicted. Jobs without history, or predicted to take less than a second, "
      "are not observed.",
      {l.kind});
  counter(Metric::Steps, "farm_steps_total", "", "Dockerfile steps of jobs that ran, by whether BuildKit answered them from its cache.",
          {l.kind, l.step});
  counter(Metric::Retries, "farm_retries_total", "", "Attempts that failed for the farm's own reasons.", {l.retry_cause});
  gauge(Metric::QueueJobs, "farm_queue_jobs", "", "Jobs that are ready and have no slot.");
  gauge(Metric::QueueOldestSeconds, "farm_queue_oldest_seconds", "seconds", "Age of the oldest of them; 0 where there is none.");

  counter(Metric::Results, "farm_results_total", "",
          "Jobs of builds that were let in, by whether their result was known. Kind deps: the layer of dependencies.", {l.kind, l.hit});
  counter(Metric::ResultMisses, "farm_result_misses_total", "", "The misses of farm_results_total, by what was different.",
          {l.kind, l.miss_cause});
  counter(Metric::SavedBytes, "farm_saved_bytes_total", "bytes",
          "Compressed size of results that were hit: not built, exported or pushed again.", {l.kind});
  counter(Metric::SavedSeconds, "farm_saved_seconds_total", "seconds", "What jobs that were hit took when they last ran.", {l.kind});
  counter(Metric::FetchedBytes, "farm_fetched_bytes_total", "bytes", "Slices and layers that agents fetched for jobs.", {l.kind});
  counter(Metric::PushedBytes, "farm_pushed_bytes_total", "bytes", "Layers of results that agents pushed.", {l.kind});
  counter(Metric::Slices, "farm_slices_total", "", "Source slices that submissions needed, by whether the registry had them.", {l.slice});
  counter(Metric::SliceBytes, "farm_slice_bytes_total", "bytes", "Size of these slices before compression.", {l.slice});
  gauge(Metric::RegistryUp, "farm_registry_up", "", "1 where the registry answered the last ping (every 15 s), else 0.");
  gauge(Metric::RegistryBytes, "farm_registry_bytes", "bytes",
        "Compressed size of what the coordinator's records say is in the registry. A layer that several results share counts for each.",
        {l.content});
  gauge(Metric::RegistryEntries, "farm_registry_entries", "", "Results and slices in these records.", {l.content});

  gauge(Metric::Agents, "farm_agents", "", "Known agents.", {l.agent_state});
  counter(Metric::AgentsLost, "farm_agents_lost_total", "", "Times an agent was lost.");
  gauge(Metric::Slots, "farm_slots", "", "Slots of the agents that are up.");
  gauge(Metric::SlotsBusy, "farm_slots_busy", "", "Slots in use.");
  gauge(Metric::AgentUp, "farm_agent_up", "", "1 while the agent's heartbeats come, 0 from when it is lost until it is forgotten.",
        {l.agent});
  gauge(Metric::AgentHeartbeatAge, "farm_agent_heartbeat_age_seconds", "seconds", "Since the agent was last heard.", {l.agent});
  gauge(Metric::AgentAssignedJobs, "farm_agent_assigned_jobs", "", "Jobs that the scheduler has given to the agent.", {l.agent});
  gauge(Metric::AgentSpeed, "farm_agent_slowness_ratio", "ratio",
        "Run time of the agent's jobs over what history predicted, as placement counts with it.", {l.agent});

  counter(Metric::ProjectBuilds, "farm_project_builds_total", "", "Builds that ended.", {l.project, l.build_outcome});
  histogram(Metric::ProjectBuildSeconds, "farm_project_build_seconds", Buckets::Coarse,
            "From submission to the end of a build that succeeded.", {l.project});
  gauge(Metric::ProjectNewestBuild, "farm_project_newest_build", "", "Number of the build that ended last.", {l.project});
  gauge(Metric::ProjectNewestSeconds, "farm_project_newest_build_seconds", "seconds", "How long that build took.", {l.project});
  gauge(Metric::ProjectSlowness, "farm_project_slowness_ratio", "ratio",
        "Time of all jobs of the newest build that succeeded over what their own history predicted; only jobs that ran and have a history.",
        {l.project});
  counter(Metric::ServiceResults, "farm_service_results_total", "", "Services of builds that ended.",
          {l.project, l.service, l.service_result});
  counter(Metric::ProjectJobSeconds, "farm_project_job_seconds_total", "seconds", "Phases of farm_job_phase_seconds, by job.",
          {l.project, l.job, l.phase});
  counter(Metric::ProjectJobMisses, "farm_project_job_misses_total", "", "Misses of farm_result_misses_total, by job.",
          {l.project, l.job, l.miss_cause});

  counter(Metric::KeysRejected, "farm_keys_rejected_total", "", "Connections with a key that is not in the book.");
  counter(Metric::MessagesRefused, "farm_messages_refused_total", "", "Messages that were unreadable or not allowed.", {l.refused});
  counter(
      Metric::HttpDenied, "farm_http_denied_total", "",
      "HTTP requests that were refused: for a Host or Origin that is not the coordinator's, without a token where one is needed, with one "
      "that is not in the key book, or whose role may not do that.",
      {l.denied});
  counter(Metric::LogBytes, "farm_log_bytes_total", "bytes", "Log bytes taken from agents.");
  gauge(Metric::Watchers, "farm_watchers", "", "Long polls that wait.");
  histogram(Metric::StepSeconds, "farm_step_seconds", Buckets::Fine, "One step of the scheduler.");
  histogram(Metric::LoopLagSeconds, "farm_loop_lag_seconds", Buckets::Fine, "How much later than due the loop's tick came.");
  histogram(Metric::RegistryCallSeconds, "farm_registry_call_seconds", Buckets::Fine, "One piece of work at the registry.",
            {l.call, l.call_outcome});
  gauge(Metric::RegistryCallsWaiting, "farm_registry_calls_waiting", "", "Pieces of work at the registry that wait or run.");
  histogram(Metric::StoreWriteSeconds, "farm_store_write_seconds", Buckets::Fine, "One durable batch of records.");
  gauge(Metric::StoreBytes, "farm_store_bytes", "bytes", "RocksDB: tables on disk.");
  gauge(Metric::StoreKeys, "farm_store_keys", "", "RocksDB: estimated number of records.", {l.records});
  gauge(Metric::StoreUnreadable, "farm_store_unreadable_records", "",
        "Records that were found since the start and can't be read: lists and figures leave them out.", {l.records});
  gauge(Metric::StoreMemtableBytes, "farm_store_memtable_bytes", "bytes", "RocksDB: records that are not in tables yet.");
  gauge(Metric::StoreCacheBytes, "farm_store_cache_bytes", "bytes", "RocksDB: block cache.");
  gauge(Metric::StorePendingCompactionBytes, "farm_store_pending_compaction_bytes", "bytes",
        "RocksDB: what compaction still has to write.");
  gauge(Metric::StoreCompactionsRunning, "farm_store_compactions_running", "", "RocksDB: compactions that run.");
  gauge(Metric::StoreBackgroundErrors, "farm_store_background_errors", "", "RocksDB: errors of flushes and compactions since the start.");
  gauge(Metric::StoreWriteStopped, "farm_store_write_stopped", "", "RocksDB: 1 while writes are held back.");
  gauge(Metric::StoreDiskFreeBytes, "farm_store_disk_free_bytes", "bytes", "Free disk where the coordinator keeps its state.");
  gauge(Metric::StoreDiskTotalBytes, "farm_store_disk_total_bytes", "bytes", "Size of that disk.");

  for (Row& row : process_rows(static_cast<std::size_t>(Metric::Process))) rows.push_back(std::move(row));
  return rows;
}

}  // namespace

std::span<const Row> metric_table() {
  static const std::vector<Row> table = make_table();
  return table;
}

}  // namespace farm::metrics
