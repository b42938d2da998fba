// The verbs that ask the coordinator one thing and print the answer.
#include <array>
#include <cstdio>
#include <ctime>

#include "farmctl/client/coordinator_client.hpp"
#include "farmctl/client/find_farm.hpp"
#include "farmctl/commands/commands.hpp"
#include "farmctl/commands/follow.hpp"
#include "farmctl/render/build_view.hpp"
#include "farmctl/render/log_text.hpp"
#include "farmctl/render/text.hpp"
#include "shared/base/limits.hpp"
#include "shared/json/status_json.hpp"

namespace farm::ctl {
namespace {

constexpr Millis kAnswerTimeout{10'000};
constexpr Millis kLogWait{1'000};

Result<std::unique_ptr<CoordinatorClient>> connect(const GlobalOptions& global) {
  Result<config::ClientConfig> farm = find_farm(global.config);
  if (!farm) return std::move(farm).error();
  return CoordinatorClient::connect(*farm);
}

template <typename Answer>
Result<Answer> ask(const GlobalOptions& global, const protocol::ClientRequestBody& body) {
  Result<std::unique_ptr<CoordinatorClient>> client = connect(global);
  if (!client) return std::move(client).error();
  return (*client)->ask_for<Answer>(body, kAnswerTimeout, &interrupted);
}

std::string local_time(std::int64_t ms) {
  const std::time_t seconds = ms / 1'000;
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts) > 0 ? text.data() : "";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? "-" : text;
}

}  // namespace

ExitCode run_watch(const GlobalOptions& global, std::uint64_t build, Output output) {
  const Stopwatch watch;
  Result<std::unique_ptr<CoordinatorClient>> client = connect(global);
  if (!client) return report(client.error(), output);
  Result<BuildStatus> status =
      (*client)->ask_for<BuildStatus>(protocol::WatchBuild{BuildId{build}, 0, Millis{0}}, kAnswerTimeout, &interrupted);
  if (status && !is_final(status->state)) status = follow_build(**client, *std::move(status), output == Output::Text, OnInterrupt::Leave);
  if (!status) return report(status.error(), output);
  if (!is_final(status->state)) {  // the user left
    std::fprintf(stderr, "build %s goes on\n", to_string(status->id).c_str());
    return ExitCode::Ok;
  }
  std::fputs(
      (output == Output::Json ? render_build_json(*status) : render_summary(*status, Millis{status->finished_ms - status->created_ms}))
          .c_str(),
      stdout);
  return status->state == BuildState::Succeeded ? ExitCode::Ok : ExitCode::BuildFailed;
}

ExitCode run_logs(const GlobalOptions& global, const JobLogCommand& command) {
  Result<std::unique_ptr<CoordinatorClient>> client = connect(global);
  if (!client) return report(client.error());
  LogText parts;
  std::string held;  // until all is there of which the last lines are wanted
  bool holding = command.tail.has_value();
  while (!interrupted.load()) {
    const Millis wait = command.follow && !holding ? kLogWait : Millis{0};
    const protocol::GetLog request{BuildId{command.build}, command.job, parts.end(), wait};
    const Result<protocol::LogPart> part = (*client)->ask_for<protocol::LogPart>(request, kAnswerTimeout, &interrupted);
    if (!part && part.error().kind == ErrorKind::Cancelled) break;
    if (!part) return report(part.error());
    std::string more = parts.add(part->offset, part->bytes);
    const bool nothing_new = more.empty();
    if (holding) held += more;
    if (holding && (nothing_new || part->ended || held.size() > limits::kLogBytesPerJobMax)) {
      more = last_lines(held, *command.tail);
      holding = false;
    } else if (holding) {
      continue;
    }
    std::fwrite(more.data(), 1, more.size(), stdout);
    if (std::fflush(stdout) != 0) break;  // nobody reads any more
    if (part->ended || (!command.follow && nothing_new)) break;
  }
  return ExitCode::Ok;
}

ExitCode run_ps(const GlobalOptions& global, std::uint32_t count, Output output) {
  Result<protocol::BuildList> list = ask<protocol::BuildList>(global, protocol::ListBuilds{count});
  if (!list) return report(list.error(), output);
  if (output == Output::Json) {
    std::fputs(render_builds_json(list->builds).c_str(), stdout);
    return ExitCode::Ok;
  }
  std::vector<std::vector<std::string>> rows = {{"BUILD", "PROJECT", "STATE", "STARTED", "TIME", "JOBS", "RUN"}};
  for (const BuildSummary& build : list->builds) {
    rows.push_back({to_string(build.id), build.project, std::string(to_string(build.state)), local_time(build.created_ms),
                    build.finished_ms == 0 ? "-" : format_duration(Millis{build.finished_ms - build.created_ms}),
                    std::to_string(build.jobs), std::to_string(build.jobs_run)});
  }
  std::fputs(render_columns(rows).c_str(), stdout);
  return ExitCode::Ok;
}

ExitCode run_agents(const GlobalOptions& global, Output output) {
  Result<protocol::AgentList> list = ask<protocol::AgentList>(global, protocol::ListAgents{});
  if (!list) return report(list.error(), output);
  if (output == Output::Json) {
    std::fputs(render_agents_json(list->agents).c_str(), stdout);
    return ExitCode::Ok;
  }
  std::vector<std::vector<std::string>> rows = {
      {"AGENT", "STATE", "PLATFORM", "BUSY", "DISK FREE", "MEMORY FREE", "BUILDKIT", "LABELS", "RUNNING"}};
  for (const AgentStatus& agent : list->agents) {
    rows.push_back({agent.name, agent.state, agent.platform, std::to_string(agent.busy) + "/" + std::to_string(agent.slots),
                    format_bytes(agent.disk_free_bytes), format_bytes(agent.memory_available_bytes), agent.buildkit, joined(agent.labels),
                    joined(agent.running)});
  }
  std::fputs(render_columns(rows).c_str(), stdout);
  return ExitCode::Ok;
}

ExitCode run_drain(const GlobalOptions& global, const std::string& agent, bool drain) {
  const Result<protocol::Done> done = ask<protocol::Done>(global, protocol::SetDrain{agent, drain});
  if (!done) return report(done.error());
  std::printf("agent %s %s\n", agent.c_str(), drain ? "finishes what it runs and takes nothing new" : "takes jobs again");
  return ExitCode::Ok;
}

ExitCode run_cancel(const GlobalOptions& global, std::uint64_t build) {
  Result<BuildStatus> status = ask<BuildStatus>(global, protocol::WatchBuild{BuildId{build}, 0, Millis{0}});
  if (!status) return report(status.error());
  if (is_final(status->state)) {
    std::printf("build %s has ended already: %s\n", to_string(status->id).c_str(), std::string(to_string(status->state)).c_str());
    return ExitCode::Ok;
  }
  const Result<protocol::Done> done = ask<protocol::Done>(global, protocol::CancelBuild{status->id});
  if (!done) return report(done.error());
  std::printf("build %s is cancelled\n", to_string(status->id).c_str());
  return ExitCode::Ok;
}

}  // namespace farm::ctl
