#include "agent/app/job_runner.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

#include "agent/app/host_facts.hpp"
#include "agent/build/classify.hpp"
#include "agent/build/metadata.hpp"
#include "agent/workspace/registry_blobs.hpp"
#include "shared/oci/manifest.hpp"

namespace farm::agent {
namespace {

using Clock = std::chrono::steady_clock;

Millis since(Clock::time_point start) {
  return Millis{std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count()};
}

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

JobOutcome infra(const Error& error, bool registry_away = false) {
  return InfraFailed{error.kind, error.message.substr(0, build::kMessageBytesMax), registry_away};
}

// What makes the command impossible is the plan's, and would be as impossible elsewhere.
JobOutcome command_failure(const Error& error) {
  if (error.kind == ErrorKind::Internal) return infra(error);
  return BuildFailed{1, error.message, false};
}

}  // namespace

struct JobRunner::Run {
  const protocol::StartJob& start;
  const JobHooks& hooks;
  std::stop_token stop;
  const std::atomic<StopReason>& reason;
  protocol::JobReport report;

  void phase(const std::string& text, std::uint32_t permille) const {
    if (hooks.progress) hooks.progress(text, permille);
  }
  [[nodiscard]] JobOutcome stopped() const {
    if (reason == StopReason::TimedOut) return TimedOut{};
    return JobCancelled{};
  }
};

protocol::JobReport JobRunner::run(const protocol::StartJob& start, const JobHooks& hooks, std::stop_token stop,
                                   const std::atomic<StopReason>& reason) {
  Run run{start, hooks, std::move(stop), reason, {}};
  run.report.job = start.job;
  run.report.fence = start.fence;
  try {
    run.report.outcome = carry_out(run);
  } catch (const std::exception& failure) {
    run.report.outcome =
        InfraFailed{ErrorKind::Internal, std::string("the agent failed in \"") + start.spec.name + "\": " + failure.what()};
  }
  return std::move(run.report);
}

oci::RegistryClient& JobRunner::registry_of(const protocol::StartJob& start) {
  return registries_.at(build::result_registry(start, buildx_options()), start.registry_insecure);
}

JobOutcome JobRunner::carry_out(Run& run) {
  const protocol::StartJob& start = run.start;
  if (run.stop.stop_requested()) return run.stopped();
  const HostFacts facts = read_host_facts(options_.state_dir);
  if (facts.disk_total_bytes > 0 && facts.disk_free_bytes < options_.disk_free_bytes_min) {
    return InfraFailed{ErrorKind::Overloaded, "this host has " + std::to_string(facts.disk_free_bytes >> 20U) +
                                                  " MiB of disk left, less than the configured disk_free_bytes_min"};
  }
  run.phase("fetching", 0);
  const Clock::time_point began = Clock::now();
  workspace::RegistryBlobs blobs(registry_of(start), start.slice_repository);
  const Result<std::unique_ptr<workspace::JobFiles>> files = workspace_.lay_out(start, build::kIgnoreNothing, blobs, run.stop);
  run.report.timings.fetch_ms = since(began);
  if (!files) return run.stop.stop_requested() ? run.stopped() : infra(files.error(), blobs.away());
  run.report.timings.fetched_bytes = (*files)->fetched_bytes;
  return build(run, **files);
}

JobOutcome JobRunner::build(Run& run, const workspace::JobFiles& files) {
  const build::BuildPaths paths{files.context, files.named, files.dockerfile, files.metadata};
  Result<build::BuildxCommand> command = build::make_buildx_command(run.start, paths, buildx_options());
  if (!command) return command_failure(command.error());
  exec::ProcessSpec spec;
  spec.argv = std::move(command->argv);
  spec.env = options_.builder.environment;
  spec.env.insert(spec.env.end(), command->env.begin(), command->env.end());
  spec.directory = files.directory();
  spec.term_grace = options_.term_grace;
  spec.line_bytes_max = build::kRawLineBytesMax;

  run.phase("building", 0);
  build::BuildProgress progress(run.hooks.log);
  exec::ProcessSinks sinks;
  sinks.err = [&](std::string_view line, bool cut) {
    progress.line(line, cut);
    run.phase(progress.phase(), progress.progress_permille());
  };
  const Result<exec::ProcessEnd> end = runner_.run(spec, sinks, run.stop);
  progress.finish();
  if (!end) return infra(end.error().with("running buildx"));

  JobTimings& timings = run.report.timings;
  timings.push_ms = std::min(progress.export_ms(), end->wall);
  timings.run_ms = end->wall - timings.push_ms;
  timings.export_ms = std::min(progress.written_ms(), timings.push_ms);
  timings.cook_ms = std::min(progress.cook_ms(), timings.run_ms);
  timings.compile_ms = std::min(progress.compile_ms(), timings.run_ms - timings.cook_ms);
  timings.fetched_bytes += progress.pulled_bytes();
  timings.steps = progress.step_count();
  timings.steps_cached = progress.cached_count();
  build::BuildProgress::Steps steps = progress.steps();
  run.report.steps = std::move(steps.told);
  run.report.steps_left_off = steps.left_off;
  return judge(run, files, progress, *end);
}

JobOutcome JobRunner::judge(Run& run, const workspace::JobFiles& files, const build::BuildProgress& progress, const exec::ProcessEnd& end) {
  if (end.stopped) return run.stopped();
  if (!end.ok()) {
    build::FailureEvidence evidence;
    evidence.exit_code = end.exit_code;
    evidence.signal = end.signal;
    evidence.final_error = progress.final_error();
    evidence.plain_text = progress.plain_text();
    build::BuildProgress::Failure failure = progress.failure();
    evidence.step = std::move(failure.step);
    evidence.step_error = std::move(failure.error);
    evidence.step_log = std::move(failure.log);
    evidence.farm_images = build::farm_images(run.start, buildx_options());
    return build::classify_failure(evidence);
  }
  const Result<Digest> digest = build::digest_of_metadata(read_text(files.metadata));
  if (!digest) return infra(digest.error().with("reading the result of \"" + run.start.spec.name + "\""));
  return succeed(run, *digest);
}

// The image's size is worth one request; the coordinator verifies the result in any case, so a registry that is away
// now changes nothing here.
JobOutcome JobRunner::succeed(Run& run, const Digest& digest) {
  Succeeded done{digest, 0};
  oci::RegistryClient& registry = registry_of(run.start);
  const Result<oci::Manifest> manifest = registry.get_manifest(run.start.spec.repository, digest.oci());
  if (!manifest) return done;
  const Result<oci::ManifestContent> content = oci::parse_manifest(manifest->bytes);
  if (!content) return done;
  done.bytes = content->blob_bytes();
  // BuildKit doesn't tell what it really moved. At most the layers that are not from the images below, and nothing
  // where nothing ran.
  if (run.report.timings.steps == run.report.timings.steps_cached) return done;
  std::set<Digest> below;
  for (const protocol::StageOverride& item : run.start.overrides) {
    const Result<oci::ImageRef> ref = oci::parse_image_ref(item.image);
    if (!ref || !ref->pinned()) continue;
    const Result<oci::Manifest> upstream = registry.get_manifest(ref->repository, ref->reference());
    const Result<oci::ManifestContent> layers =
        upstream ? oci::parse_manifest(upstream->bytes) : Result<oci::ManifestContent>(upstream.error());
    if (!layers) continue;
    for (const oci::Descriptor& layer : layers->layers) below.insert(layer.digest);
  }
  for (const oci::Descriptor& layer : content->layers) {
    if (!below.contains(layer.digest)) run.report.timings.pushed_bytes += layer.bytes;
  }
  return done;
}

}  // namespace farm::agent
