#include "agent/build/progress.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "agent/build/text.hpp"

namespace farm::build {
namespace {

bool starts_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }
bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// The Dockerfile's own steps look like "[builder 2/7] RUN …" or "[2/7] COPY …"; BuildKit's chores are "[internal] …",
// "[auth] …",
// "[context x] load metadata for …", "exporting to image", "importing cache manifest from …".
bool is_step(std::string_view name) {
  if (!starts_with(name, "[") || starts_with(name, "[internal]") || starts_with(name, "[auth]")) return false;
  if (starts_with(name, "[context ")) return false;
  return !contains(name, "load metadata for");
}

bool is_export(std::string_view name) { return starts_with(name, "exporting ") || starts_with(name, "pushing "); }

std::string seconds_text(std::int64_t us) {
  const std::int64_t tenths = us / 100'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + "s";
}

void keep_tail(std::string& tail, std::string_view text, std::size_t bytes_max) {
  tail += text;
  // Cut in large pieces, so that a long log isn't moved for each line.
  if (tail.size() > 2 * bytes_max) tail.erase(0, tail.size() - bytes_max);
}

}  // namespace

void BuildProgress::line(std::string_view line, bool cut) {
  if (!cut && starts_with(line, "{")) {
    if (Result<RawUpdate> update = parse_raw_line(line)) {
      saw_json_ = true;
      for (const RawVertex& vertex : update->vertices) fold(vertex);
      for (const RawStatus& status : update->statuses) fold(status);
      for (const RawLog& log : update->logs) fold(log);
      for (const RawWarning& warning : update->warnings) fold(warning);
      return;
    }
  }
  if (cut && starts_with(line, "{")) return;  // half a JSON object helps nobody
  const std::string text = std::string(line) + "\n";
  keep_tail(plain_, text, kPlainBytesMax);
  last_told_ = 0;
  if (log_) log_(text);
}

void BuildProgress::finish() {
  for (const std::string& id : order_) {
    Vertex& vertex = vertices_.at(id);
    vertex.lines.finish([this, &vertex](std::string_view text, bool) { tell(vertex, text); });
  }
}

BuildProgress::Vertex* BuildProgress::find(const std::string& id) {
  const auto at = vertices_.find(id);
  return at == vertices_.end() ? nullptr : &at->second;
}

void BuildProgress::fold(const RawVertex& update) {
  if (update.id.empty() || update.id.size() > 200) return;
  Vertex* vertex = find(update.id);
  if (vertex == nullptr) {
    if (vertices_.size() >= kVerticesMax) return;
    vertex = &vertices_[update.id];
    vertex->number = static_cast<std::uint32_t>(order_.size() + 1);
    order_.push_back(update.id);
  }
  if (!update.name.empty()) {
    vertex->name = printable(update.name, kStepNameBytesMax);
    vertex->step = is_step(update.name);
    vertex->work = work_of(update.name);
  }
  const bool was_completed = vertex->completed;
  if (update.started_us && !vertex->started) {
    started_order_.push_back(update.id);
    vertex->first_start_us = *update.started_us;
  }
  vertex->started = vertex->started || update.started_us.has_value();
  vertex->completed = update.completed_us.has_value();
  vertex->cached = update.cached;
  vertex->inferred = update.inferred;
  vertex->error = update.error.substr(0, 16U << 10U);
  if (!vertex->error.empty() && !contains(vertex->error, "context canceled")) failed_id_ = update.id;
  if (update.started_us && update.completed_us) {
    const std::int64_t took = std::max<std::int64_t>(0, *update.completed_us - *update.started_us);
    if (vertex->counted_start_us != *update.started_us) ++vertex->runs;
    if (vertex->runs == 1) vertex->first_run_us = took;
    if (vertex->counted_start_us == *update.started_us) vertex->run_us -= vertex->counted_us;
    vertex->counted_start_us = *update.started_us;
    vertex->counted_us = took;
    vertex->run_us += took;
  }
  if (!vertex->completed || was_completed) return;
  vertex->lines.finish([this, vertex](std::string_view text, bool) { tell(*vertex, text); });
  if (!vertex->error.empty())
    tell(*vertex, "ERROR: " + printable(vertex->error, 2'000));
  else if (vertex->step && vertex->cached && !vertex->inferred)
    tell(*vertex, "CACHED");
  else if (vertex->step && !vertex->cached)
    tell(*vertex, "DONE " + seconds_text(vertex->run_us));
  if (vertex->error.empty()) {
    vertex->tail.clear();
    vertex->tail.shrink_to_fit();
  }
}

void BuildProgress::fold(const RawStatus& update) {
  if (!starts_with(update.id, "sha256:") || update.id.size() > 100 || layers_.size() >= kVerticesMax) return;
  std::uint64_t& bytes = layers_[update.id];
  bytes = std::max(bytes, std::min(update.current, std::max(update.total, update.current)));
}

void BuildProgress::fold(const RawLog& update) {
  Vertex* vertex = find(update.vertex);
  if (vertex == nullptr) return;
  keep_tail(vertex->tail, update.bytes, kLogTailBytesMax);
  vertex->lines.feed(update.bytes, [this, vertex](std::string_view text, bool) { tell(*vertex, text); });
}

void BuildProgress::fold(const RawWarning& update) {
  if (update.text.empty()) return;
  last_told_ = 0;
  if (log_) log_("WARNING: " + printable(update.text, 2'000) + "\n");
}

// A line of a step's output, under a heading where the log showed another step before.
void BuildProgress::tell(Vertex& vertex, std::string_view line) {
  if (!log_) return;
  std::string text;
  if (last_told_ != vertex.number) text = "#" + std::to_string(vertex.number) + " " + vertex.name + "\n";
  last_told_ = vertex.number;
  text += line;
  text += '\n';
  log_(text);
}

const BuildProgress::Vertex* BuildProgress::running() const {
  const Vertex* found = nullptr;
  for (auto id = started_order_.rbegin(); id != started_order_.rend(); ++id) {
    const Vertex& vertex = vertices_.at(*id);
    if (vertex.completed) continue;
    if (vertex.step || is_export(vertex.name)) return &vertex;
    if (found == nullptr) found = &vertex;
  }
  return found;
}

std::pair<std::uint32_t, std::uint32_t> BuildProgress::steps_done() const {
  std::uint32_t done = 0;
  std::uint32_t all = 0;
  for (const auto& [id, vertex] : vertices_) {
    if (!vertex.step) continue;
    ++all;
    if (vertex.completed) ++done;
  }
  return {done, all};
}

std::string BuildProgress::phase() const {
  const Vertex* vertex = running();
  if (vertex != nullptr && is_export(vertex->name)) return "pushing";
  const auto [done, all] = steps_done();
  std::string text = "building";
  if (all > 0) text += " " + std::to_string(std::min(done + 1, all)) + "/" + std::to_string(all);
  if (vertex != nullptr) text += ": " + vertex->name;
  return text;
}

std::uint32_t BuildProgress::progress_permille() const {
  const Vertex* vertex = running();
  if (vertex != nullptr && is_export(vertex->name)) return 950;
  const auto [done, all] = steps_done();
  return all == 0 ? 0 : static_cast<std::uint32_t>(900ULL * done / all);
}

BuildProgress::Steps BuildProgress::steps() const {
  std::vector<const Vertex*> ran;
  for (const std::string& id : started_order_) {
    const Vertex& vertex = vertices_.at(id);
    if (!vertex.inferred) ran.push_back(&vertex);
  }
  std::int64_t began_us = ran.empty() ? 0 : ran.front()->first_start_us;
  for (const Vertex* vertex : ran) began_us = std::min(began_us, vertex->first_start_us);
  std::vector<const Vertex*> kept = ran;
  const auto more_telling = [](const Vertex* a, const Vertex* b) {
    return std::tuple(a->error.empty(), b->run_us) < std::tuple(b->error.empty(), a->run_us);
  };
  std::stable_sort(kept.begin(), kept.end(), more_telling);
  if (kept.size() > kStepsMax) kept.resize(kStepsMax);
  const std::set<const Vertex*> told(kept.begin(), kept.end());
  Steps steps;
  for (const Vertex* vertex : ran) {
    if (!told.contains(vertex)) continue;
    steps.told.push_back({vertex->name, Millis{vertex->run_us / 1'000}, vertex->cached, !vertex->error.empty(),
                          Millis{(vertex->first_start_us - began_us) / 1'000}});
  }
  steps.left_off = static_cast<std::uint32_t>(ran.size() - steps.told.size());
  return steps;
}

std::uint32_t BuildProgress::step_count() const {
  return static_cast<std::uint32_t>(std::count_if(vertices_.begin(), vertices_.end(), [](const auto& entry) {
    return entry.second.step && entry.second.started && !entry.second.inferred;
  }));
}

std::uint32_t BuildProgress::cached_count() const {
  return static_cast<std::uint32_t>(std::count_if(vertices_.begin(), vertices_.end(), [](const auto& entry) {
    return entry.second.step && entry.second.started && entry.second.cached && !entry.second.inferred;
  }));
}

Millis BuildProgress::export_ms() const {
  std::int64_t us = 0;
  for (const auto& [id, vertex] : vertices_) {
    if (is_export(vertex.name)) us += vertex.run_us;
  }
  return Millis{us / 1'000};
}

Millis BuildProgress::written_ms() const {
  std::int64_t us = 0;
  for (const auto& [id, vertex] : vertices_) {
    if (starts_with(vertex.name, "exporting ")) us += vertex.first_run_us;
  }
  return Millis{us / 1'000};
}

BuildProgress::Work BuildProgress::work_of(std::string_view name) {
  if (!is_step(name)) return Work::Other;
  if (contains(name, "cargo chef cook") || contains(name, "cargo-chef cook")) return Work::Cook;
  return contains(name, "cargo build") || contains(name, "cargo install") ? Work::Compile : Work::Other;
}

Millis BuildProgress::worked(Work work) const {
  std::int64_t us = 0;
  for (const auto& [id, vertex] : vertices_) {
    if (vertex.work == work && !vertex.cached) us += vertex.run_us;
  }
  return Millis{us / 1'000};
}

Millis BuildProgress::cook_ms() const { return worked(Work::Cook); }
Millis BuildProgress::compile_ms() const { return worked(Work::Compile); }

std::uint64_t BuildProgress::pulled_bytes() const {
  std::uint64_t sum = 0;
  for (const auto& [id, bytes] : layers_) sum += std::min<std::uint64_t>(bytes, 1ULL << 50U);
  return sum;
}

BuildProgress::Failure BuildProgress::failure() const {
  const auto at = vertices_.find(failed_id_);
  if (failed_id_.empty() || at == vertices_.end()) return {};
  return {at->second.name, at->second.error, at->second.tail};
}

std::string BuildProgress::final_error() const {
  constexpr std::string_view kMark = "ERROR: ";
  const std::size_t at = starts_with(plain_, kMark) && plain_.find("\nERROR: ") == std::string::npos ? 0 : plain_.rfind("\nERROR: ");
  if (at == std::string::npos) return {};
  std::string text = plain_.substr(at == 0 ? kMark.size() : at + 1 + kMark.size());
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace farm::build
