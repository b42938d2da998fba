// Purpose: the state of one running `buildx build`, folded from its rawjson lines: steps, phase for people, log, what
// failed. Pure. A vertex comes again at each change: the last state wins; its run time is the sum of its runs (an
// export runs twice: export, then push). Limits: what is above them is dropped, and the build goes on.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/build/raw_update.hpp"
#include "agent/exec/line_reader.hpp"
#include "shared/base/time.hpp"
#include "shared/model/outcome.hpp"

namespace farm::build {

constexpr std::size_t kVerticesMax = 10'000;
constexpr std::size_t kLogTailBytesMax = 128U << 10U;  // of each running step, for the message if it fails
constexpr std::size_t kPlainBytesMax = 64U << 10U;     // of what buildx prints beside JSON

// Takes whole lines of text, each with its newline.
using TextSink = std::function<void(std::string_view text)>;

class BuildProgress {
 public:
  explicit BuildProgress(TextSink log) : log_(std::move(log)) {}

  // A line of buildx's stderr: JSON is folded, anything else is kept as text. Never fails.
  void line(std::string_view line, bool cut);
  // After buildx ended: gives the last, unfinished lines to the log.
  void finish();

  [[nodiscard]] std::string phase() const;  // "building 3/7: [builder 2/2] RUN cargo build", "pushing"
  [[nodiscard]] std::uint32_t progress_permille() const;
  // Vertices that ran, in their order of start, without those that BuildKit never needed to look at. Of more than kStepsMax those that
  // failed or took longest.
  struct Steps {
    std::vector<StepReport> told;
    std::uint32_t left_off = 0;
  };
  [[nodiscard]] Steps steps() const;
  // Of the Dockerfile's own steps that were needed: how many, and how many of these BuildKit answered from its cache.
  [[nodiscard]] std::uint32_t step_count() const;
  [[nodiscard]] std::uint32_t cached_count() const;
  [[nodiscard]] Millis export_ms() const;   // export and push
  [[nodiscard]] Millis written_ms() const;  // of it: the export alone, before anything is pushed
  // Steps that ran `cargo chef cook`, and those that ran `cargo build` or `cargo install`. Steps may run side by side.
  [[nodiscard]] Millis cook_ms() const;
  [[nodiscard]] Millis compile_ms() const;
  [[nodiscard]] std::uint64_t pulled_bytes() const;  // layers that BuildKit fetched for this build

  struct Failure {
    std::string step;   // the vertex's name; empty: none failed
    std::string error;  // BuildKit's text
    std::string log;    // the last kLogTailBytesMax of its output
  };
  [[nodiscard]] Failure failure() const;
  [[nodiscard]] std::string final_error() const;  // after "ERROR: ", as buildx printed it at the end; empty: it printed none
  [[nodiscard]] const std::string& plain_text() const { return plain_; }
  [[nodiscard]] bool saw_json() const { return saw_json_; }

 private:
  enum class Work : std::uint8_t { Other, Cook, Compile };
  struct Vertex {
    std::string name;
    Work work = Work::Other;
    std::uint32_t number = 0;  // in the log: "#3"
    bool step = false;         // one of the Dockerfile's own
    bool started = false;
    bool completed = false;
    bool cached = false;
    bool inferred = false;
    std::string error;
    std::int64_t run_us = 0;  // of the runs that are over
    std::uint32_t runs = 0;
    std::int64_t first_start_us = -1;
    std::int64_t first_run_us = 0;
    std::int64_t counted_start_us = -1;
    std::int64_t counted_us = 0;
    std::string tail;
    exec::LineReader lines{16U << 10U};
  };

  void fold(const RawVertex& update);
  void fold(const RawStatus& update);
  void fold(const RawLog& update);
  void fold(const RawWarning& update);
  Vertex* find(const std::string& id);
  static Work work_of(std::string_view name);
  [[nodiscard]] Millis worked(Work work) const;
  void tell(Vertex& vertex, std::string_view line);
  [[nodiscard]] const Vertex* running() const;
  [[nodiscard]] std::pair<std::uint32_t, std::uint32_t> steps_done() const;

  TextSink log_;
  std::map<std::string, Vertex> vertices_;  // by BuildKit's id
  std::vector<std::string> order_;          // ids, as they were first named
  std::vector<std::string> started_order_;
  std::map<std::string, std::uint64_t> layers_;  // layer → bytes, of pulls
  std::string plain_;
  std::string failed_id_;
  std::uint32_t last_told_ = 0;  // whose lines the log shows at the moment
  bool saw_json_ = false;
};

}  // namespace farm::build
