#include "agent/app/job_log.hpp"

#include <algorithm>

namespace farm::agent {

void LogOutbox::append(const Key& key, std::string_view text) {
  const std::lock_guard lock(mutex_);
  Job& job = jobs_[key];
  if (job.pending + text.size() > kLogPendingBytesMax) {
    dropped_ += text.size();
    job.offset += text.size();
    return;
  }
  while (!text.empty()) {
    const bool joins = !job.chunks.empty() && job.chunks.back().bytes.size() < kLogChunkBytesMax &&
                       job.chunks.back().offset + job.chunks.back().bytes.size() == job.offset;
    if (!joins) job.chunks.push_back({key.first, key.second, job.offset, {}});
    std::string& bytes = job.chunks.back().bytes;
    const std::string_view part = text.substr(0, kLogChunkBytesMax - bytes.size());
    bytes += part;
    job.offset += part.size();
    job.pending += part.size();
    text.remove_prefix(part.size());
  }
}

std::vector<protocol::LogChunk> LogOutbox::take(std::size_t bytes_max) {
  const std::lock_guard lock(mutex_);
  std::vector<protocol::LogChunk> out;
  std::size_t bytes = 0;
  bool any = true;
  while (any && bytes < bytes_max) {
    any = false;
    for (auto& [key, job] : jobs_) {
      if (job.chunks.empty() || bytes >= bytes_max) continue;
      any = true;
      bytes += job.chunks.front().bytes.size();
      job.pending -= job.chunks.front().bytes.size();
      out.push_back(std::move(job.chunks.front()));
      job.chunks.pop_front();
    }
  }
  return out;
}

std::vector<protocol::LogChunk> LogOutbox::take_all(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto at = jobs_.find(key);
  if (at == jobs_.end()) return {};
  std::vector<protocol::LogChunk> out(std::make_move_iterator(at->second.chunks.begin()), std::make_move_iterator(at->second.chunks.end()));
  jobs_.erase(at);
  return out;
}

std::uint64_t LogOutbox::dropped_bytes() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void JobLog::text(std::string_view text) {
  const std::string clean = redactor_.redact(text);
  if (dropped_ == 0 && tail_.empty() && sent_ + clean.size() <= kLogHeadBytes) {
    sent_ += clean.size();
    outbox_.append(key_, clean);
    return;
  }
  tail_ += clean;
  if (tail_.size() <= 2 * kLogTailBytes) return;
  // From a line's beginning on.
  std::size_t from = tail_.find('\n', tail_.size() - kLogTailBytes);
  from = from == std::string::npos ? tail_.size() - kLogTailBytes : from + 1;
  dropped_ += from;
  tail_.erase(0, from);
}

void JobLog::finish() {
  if (tail_.size() > kLogTailBytes) {
    std::size_t from = tail_.find('\n', tail_.size() - kLogTailBytes);
    from = from == std::string::npos ? tail_.size() - kLogTailBytes : from + 1;
    dropped_ += from;
    tail_.erase(0, from);
  }
  if (dropped_ > 0)
    outbox_.append(key_, "[farm: " + std::to_string(dropped_) + " bytes of this log are left out here: it is longer than 16 MiB]\n");
  if (!tail_.empty()) outbox_.append(key_, tail_);
  tail_.clear();
}

}  // namespace farm::agent
