#include "coordinator/app/job_logs.hpp"

#include <algorithm>

#include "coordinator/store/logs.hpp"
#include "shared/base/limits.hpp"

namespace farm::coordinator {
namespace {

// All attempts are one text here, so that a reader's offset stays good: the store's attempt is always the same.
constexpr Fence kOneLog{1};

}  // namespace

void JobLogs::take(const std::string& agent, const protocol::LogChunk& chunk) {
  const scheduler::Job* job = core_.scheduler.find_job(chunk.job);
  const bool current = job != nullptr && job->agent == agent && job->fence == chunk.fence;
  if (!current || chunk.bytes.empty()) return;
  if (chunk.bytes.size() > kLogChunkBytesMax) {
    core_.metrics.count(metrics::Metric::MessagesRefused, {"log_chunk_too_big"});
    return;
  }
  core_.metrics.count(metrics::Metric::LogBytes, {}, static_cast<double>(chunk.bytes.size()));
  Attempt& attempt = attempt_of(*job, chunk);
  write(chunk.job, attempt, attempt.base + chunk.offset, core_.log.redactor().redact(chunk.bytes));
}

JobLogs::Attempt& JobLogs::attempt_of(const scheduler::Job& job, const protocol::LogChunk& chunk) {
  const auto known = attempts_.find(job.id);
  if (known != attempts_.end() && known->second.fence == chunk.fence) return known->second;
  Attempt attempt{chunk.fence, 0, 0, false};
  const std::uint64_t end = known != attempts_.end() ? known->second.end : stored_end(job.id);
  if (known != attempts_.end() && end > 0) {
    attempt.end = end;
    const std::string line = "[farm: attempt " + std::to_string(job.attempts) + " on agent " + job.agent + "]\n";
    write(job.id, attempt, end, line);
    attempt.base = attempt.end;
  } else if (end >= chunk.offset) {
    // After a restart of the coordinator the same attempt goes on where its stored pieces end.
    attempt.base = job.attempts > 1 ? end - chunk.offset : 0;
    attempt.end = end;
  }
  return attempts_.insert_or_assign(job.id, attempt).first->second;
}

std::uint64_t JobLogs::stored_end(JobId job) const {
  std::uint64_t end = 0;
  for (;;) {
    const Result<store::LogText> text = store::read_log(core_.store, job, kOneLog, end, kLogPartBytesMax);
    if (!text || text->bytes.empty() || text->next() <= end) return end;
    end = text->next();
  }
}

void JobLogs::write(JobId job, Attempt& attempt, std::uint64_t offset, std::string_view bytes) {
  if (attempt.full || offset >= limits::kLogBytesPerJobMax) return;
  store::Batch batch;
  Result<void> put = store::put_log(batch, job, kOneLog, offset, bytes);
  if (put) put = core_.store.apply(batch, store::Durability::Buffered);
  if (!put) {
    core_.log.warning("a piece of a log was lost", {{"job", job}, {"error", put.error().message}});
    return;
  }
  changed_.insert(job);
  attempt.end = std::max(attempt.end, offset + bytes.size());
  if (attempt.end < limits::kLogBytesPerJobMax) return;
  attempt.full = true;
  core_.log.warning("a job's log met its limit; the rest is dropped", {{"job", job}, {"bytes", limits::kLogBytesPerJobMax}});
}

void JobLogs::note(JobId job, const std::string& line) {
  const auto known = attempts_.find(job);
  Attempt fresh;
  fresh.end = known == attempts_.end() ? stored_end(job) : 0;
  Attempt& attempt = known == attempts_.end() ? fresh : known->second;
  write(job, attempt, attempt.end, "[farm: " + core_.log.redactor().redact(line) + "]\n");
}

void JobLogs::read(const std::string& peer, std::uint64_t request, JobId job, const std::string& name, std::uint64_t offset, Millis wait) {
  const Reader reader{peer, request, job, name, offset, core_.now + std::min(wait, kLogWaitMax)};
  std::erase_if(readers_, [&](const Reader& entry) { return entry.peer == peer && entry.request == request; });
  if (!answer(reader, wait.value <= 0 || readers_.size() >= kLogReadersMax)) readers_.push_back(reader);
}

bool JobLogs::answer(const Reader& reader, bool at_any_rate) {
  protocol::LogPart part;
  part.job = reader.name;
  part.offset = reader.offset;
  const scheduler::Job* job = core_.scheduler.find_job(reader.job);
  const bool over = job == nullptr || is_final(job->state);
  Result<store::LogText> text =
      reader.job ? store::read_log(core_.store, reader.job, kOneLog, reader.offset, kLogPartBytesMax) : store::LogText{};
  if (!text) {
    (void)core_.link.answer(reader.peer, {reader.request, protocol::Refused{text.error().kind, text.error().message}});
    return true;
  }
  part.offset = text->bytes.empty() ? reader.offset : text->offset;
  part.ended = over && text->bytes.empty();
  part.bytes = std::move(text->bytes);
  if (part.bytes.empty() && !part.ended && !at_any_rate) return false;
  (void)core_.link.answer(reader.peer, {reader.request, std::move(part)});
  return true;
}

void JobLogs::flush() {
  std::erase_if(readers_, [this](const Reader& reader) {
    const scheduler::Job* job = core_.scheduler.find_job(reader.job);
    const bool over = job == nullptr || is_final(job->state);
    const bool late = core_.now >= reader.deadline;
    return (over || late || changed_.contains(reader.job)) && answer(reader, late);
  });
  changed_.clear();
}

void JobLogs::drop(const std::string& peer) {
  std::erase_if(readers_, [&](const Reader& reader) { return reader.peer == peer; });
}

void JobLogs::forget(const std::vector<JobId>& jobs) {
  for (const JobId job : jobs) attempts_.erase(job);
}

Instant JobLogs::next_due() const {
  Instant due{core_.now.ms + kLogWaitMax.value};
  for (const Reader& reader : readers_) due = std::min(due, reader.deadline);
  return due;
}

}  // namespace farm::coordinator
