// Whatever buildx prints: each input is a stream of lines on its stderr, and then the metadata file and the text of
// `buildx inspect`.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/build/classify.hpp"
#include "agent/build/metadata.hpp"
#include "agent/build/progress.hpp"
#include "agent/exec/line_reader.hpp"
#include "shared/base/assert.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace farm;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  build::BuildProgress progress([](std::string_view text) { FARM_ASSERT(!text.empty() && text.back() == '\n'); });
  exec::LineReader lines(64U << 10U);
  const exec::LineSink sink = [&](std::string_view line, bool cut) {
    progress.line(line, cut);
    FARM_ASSERT(progress.progress_permille() <= 1'000);
    FARM_ASSERT(progress.phase().size() <= kStepNameBytesMax + 50);
  };
  lines.feed(bytes, sink);
  lines.finish(sink);
  progress.finish();
  FARM_ASSERT(progress.steps().told.size() <= kStepsMax);
  FARM_ASSERT(progress.cached_count() <= progress.step_count());
  FARM_ASSERT(progress.export_ms() >= Millis{0});

  const build::BuildProgress::Failure failure = progress.failure();
  build::FailureEvidence evidence;
  evidence.final_error = progress.final_error();
  evidence.plain_text = progress.plain_text();
  evidence.step = failure.step;
  evidence.step_error = failure.error;
  evidence.step_log = failure.log;
  const JobOutcome outcome = build::classify_failure(evidence);
  if (const auto* failed = std::get_if<BuildFailed>(&outcome)) FARM_ASSERT(failed->message.size() <= build::kMessageBytesMax);
  if (const auto* failed = std::get_if<InfraFailed>(&outcome)) FARM_ASSERT(failed->message.size() <= build::kMessageBytesMax);

  static_cast<void>(build::digest_of_metadata(bytes));
  static_cast<void>(build::check_buildkit_version(build::version_in_inspect(bytes)));
  return 0;
}
