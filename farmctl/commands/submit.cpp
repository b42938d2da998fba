#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <sys/random.h>

#include "farmctl/client/coordinator_client.hpp"
#include "farmctl/client/find_farm.hpp"
#include "farmctl/client/patience.hpp"
#include "farmctl/client/push_slices.hpp"
#include "farmctl/client/slice_memory.hpp"
#include "farmctl/commands/ci_reports.hpp"
#include "farmctl/commands/commands.hpp"
#include "farmctl/commands/follow.hpp"
#include "farmctl/render/build_view.hpp"
#include "shared/json/status_json.hpp"

namespace farm::ctl {
namespace {

constexpr Millis kAnswerTimeout{30'000};  // the coordinator may have to ask registries for base images
constexpr Millis kLookAtInterrupt{100};
constexpr int kReadsMax = 3;                          // of a project whose files change while it is submitted
constexpr std::size_t kSecretBytesMax = 500U << 10U;  // as BuildKit's

Instant monotonic_now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

// 128 random bits, as hex: two submissions never have the same.
Result<std::string> draw_token() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return Error{ErrorKind::Internal, "the system gives no random bytes"};
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string token;
  for (const unsigned char byte : bytes) {
    token += kDigits[byte >> 4U];
    token += kDigits[byte & 15U];
  }
  return token;
}

Result<std::map<std::string, std::string>> secret_values(const ReadProject& project) {
  std::map<std::string, std::string> values;
  for (const BuildSecret& secret : project.plan.secrets) {
    if (!secret.environment.empty()) {
      const char* value = std::getenv(secret.environment.c_str());  // NOLINT(concurrency-mt-unsafe): no other thread
      if (value == nullptr) {
        return Error{ErrorKind::InvalidInput, to_string(secret.place) + ": secret \"" + secret.id + "\" comes from the environment, and " +
                                                  secret.environment + " is not set"};
      }
      values[secret.id] = value;
      continue;
    }
    const std::string path = secret.file.starts_with('/') ? secret.file : project.tree->root() + "/" + secret.file;
    std::ifstream file(path, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (!file || bytes.size() > kSecretBytesMax) {
      return Error{ErrorKind::InvalidInput, to_string(secret.place) + ": secret \"" + secret.id + "\": " + secret.file +
                                                (bytes.size() > kSecretBytesMax ? " is longer than 500 KiB" : " can't be read")};
    }
    values[secret.id] = std::move(bytes);
  }
  return values;
}

// As long as the build may take; where nothing is said of that, some minutes.
Patience patience_of(const SubmitCommand& command) {
  const auto wait = [](Millis time) {
    for (Millis waited; waited < time && !interrupted; waited = waited + kLookAtInterrupt) {
      std::this_thread::sleep_for(std::chrono::milliseconds(kLookAtInterrupt.value));
    }
    return !interrupted.load();
  };
  return {command.options.timeout > Millis{0} ? command.options.timeout : kPatienceDefault, monotonic_now, wait,
          [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }};
}

struct Submitted {
  BuildStatus status;
  ReadProject project;
};

// One attempt: read, submit, push. Conflict where a file changed in between.
Result<Submitted> submit_once(CoordinatorClient& client, const config::ClientConfig& farm, const SubmitCommand& command, bool first) {
  Result<ReadProject> project = read_project(command.project);
  if (!project) return std::move(project).error();
  if (first) {
    for (const Diagnostic& diagnostic : project->diagnostics) std::fprintf(stderr, "%s\n", to_string(diagnostic).c_str());
  }
  Result<std::string> token = draw_token();
  if (!token) return std::move(token).error();
  Result<std::map<std::string, std::string>> secrets = secret_values(*project);
  if (!secrets) return std::move(secrets).error();
  SliceMemory(default_slice_memory()).remember(project->plan.slices);
  const protocol::Submit submit{*token, command.options, project->plan.plan, *secrets};
  Result<protocol::Accepted> accepted =
      ask_patiently([&] { return client.ask_for<protocol::Accepted>(submit, kAnswerTimeout, &interrupted); }, patience_of(command));
  if (!accepted) return std::move(accepted).error();
  if (accepted->missing_slices.empty()) return Submitted{std::move(accepted->status), *std::move(project)};
  const PushTarget target{farm.registry.empty() ? accepted->registry : farm.registry, accepted->registry_insecure || farm.registry_insecure,
                          accepted->slice_repository};
  Result<std::vector<protocol::SliceBlob>> blobs =
      push_slices(project->plan, project->tree->root(), accepted->missing_slices, target, interrupted,
                  [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); });
  if (!blobs) {
    // Nobody will push for this build any more: it should not wait for its slices.
    (void)client.ask(protocol::CancelBuild{accepted->status.id}, Millis{2'000});
    return std::move(blobs).error();
  }
  accepted = client.ask_for<protocol::Accepted>(protocol::SlicesPushed{*token, *blobs, listings_of(project->plan, *blobs)}, kAnswerTimeout,
                                                &interrupted);
  if (!accepted) return std::move(accepted).error();
  return Submitted{std::move(accepted->status), *std::move(project)};
}

// The farm on this machine has stand-ins only for the base images of projects that it was started for.
Error with_hint(Error error, const config::ClientConfig& farm) {
  const bool base_image = error.kind == ErrorKind::Unavailable && error.message.starts_with("resolving base image");
  if (base_image && is_local_farm(farm))
    error.message += "\n`farmctl local up`, run in this project's folder, makes stand-ins for its base images";
  return error;
}

ExitCode fail(const SubmitCommand& command, const Error& error) {
  const ExitCode code = report(error, command.output);
  if (const Result<void> written = write_ci_error(command.ci, error); !written) (void)report(written.error());
  return code;
}

ExitCode finish(const SubmitCommand& command, CoordinatorClient& client, const BuildStatus& status, Millis total,
                const ReadProject& project) {
  std::fputs((command.output == Output::Json ? render_build_json(status) : render_summary(status, total)).c_str(), stdout);
  std::fflush(stdout);
  const Result<void> written = write_ci_reports(client, command.ci, status, total, project);
  if (!written) (void)report(written.error());
  if (status.state != BuildState::Succeeded) return ExitCode::BuildFailed;
  return written ? ExitCode::Ok : exit_code_of(written.error().kind);
}

}  // namespace

ExitCode run_submit(const GlobalOptions& global, const SubmitCommand& command, BuildStatus* ended) {
  const Stopwatch watch;
  if (const Result<void> checked = check_ci_files(command.ci); !checked) return report(checked.error(), command.output);
  Result<config::ClientConfig> farm = find_farm(global.config);
  if (!farm) return fail(command, farm.error());
  Result<std::unique_ptr<CoordinatorClient>> client = CoordinatorClient::connect(*farm);
  if (!client) return fail(command, client.error());
  Result<Submitted> submitted = submit_once(**client, *farm, command, true);
  for (int reads = 1; !submitted && submitted.error().kind == ErrorKind::Conflict && reads < kReadsMax; ++reads) {
    std::fprintf(stderr, "%s; reading the project again\n", submitted.error().message.c_str());
    submitted = submit_once(**client, *farm, command, false);
  }
  if (!submitted) return fail(command, with_hint(submitted.error(), *farm));
  Result<BuildStatus> status = std::move(submitted->status);
  if (command.detach && !is_final(status->state)) {
    if (command.output == Output::Json) {
      std::fputs(render_build_json(*status).c_str(), stdout);
    } else {
      std::printf("build %s runs; follow it with `farmctl watch %s`\n", to_string(status->id).c_str(), to_string(status->id).c_str());
    }
    return ExitCode::Ok;
  }
  if (!is_final(status->state)) {
    status = follow_build(**client, *std::move(status), command.output == Output::Text);
    if (!status) return fail(command, status.error());
  }
  if (ended != nullptr) *ended = *status;
  return finish(command, **client, *status, watch.elapsed(), submitted->project);
}

}  // namespace farm::ctl
