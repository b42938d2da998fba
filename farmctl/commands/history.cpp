#include "farmctl/commands/history.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "farmctl/client/coordinator_client.hpp"
#include "farmctl/client/find_farm.hpp"
#include "farmctl/client/read_compose_project.hpp"
#include "farmctl/client/slice_memory.hpp"

namespace farm::ctl {
namespace {

constexpr Millis kAnswerTimeout{30'000};

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Result<std::unique_ptr<CoordinatorClient>> connect(const GlobalOptions& global) {
  Result<config::ClientConfig> farm = find_farm(global.config);
  if (!farm) return std::move(farm).error();
  return CoordinatorClient::connect(*farm);
}

// The first answer says which build is meant where none was named; the jobs below are asked for in the same one.
Result<ExplainedJob> explain(CoordinatorClient& client, BuildId build, const std::string& name) {
  const SliceMemory memory(default_slice_memory());
  const auto ask = [&](const std::string& job) {
    Result<Explanation> told = client.ask_for<Explanation>(protocol::ExplainJob{build, job}, kAnswerTimeout, &interrupted);
    if (told) build = told->build;
    return told;
  };
  return history::explain_down(name, ask, [&memory](const Digest& slice) { return memory.find(slice); });
}

// The project that is meant where none is named: the compose project in this folder. Empty: there is none.
std::string project_or_here(const std::string& given) {
  if (!given.empty()) return given;
  const Result<ReadCompose> here = read_compose_project({});
  return here ? here->compose.name : "";
}

Error no_builds(const std::string& doing, const std::string& project) {
  const std::string what = project.empty() ? "no build is recorded" : "no build of project '" + project + "' is recorded";
  return {ErrorKind::NotFound, doing + ": " + what + "; `farmctl ps` lists builds, -p names another project"};
}

// 0 where no project is meant: the newest build of all.
Result<BuildId> newest_build(CoordinatorClient& client, const std::string& project) {
  if (project.empty()) return BuildId{};
  const protocol::GetHistory wanted{project, 1, {}};
  const Result<protocol::BuildHistory> newest = client.ask_for<protocol::BuildHistory>(wanted, kAnswerTimeout, &interrupted);
  if (!newest) return newest.error();
  if (newest->builds.empty()) return no_builds("explaining", project);
  return newest->builds.front().id;
}

// The newest builds of the project, as many as are wanted.
Result<std::vector<BuildStatus>> fetch_history(CoordinatorClient& client, std::string& project, std::uint32_t count) {
  std::vector<BuildStatus> builds;
  BuildId before;
  do {
    const auto left = static_cast<std::uint32_t>(count - builds.size());
    const protocol::GetHistory wanted{project, std::min(left, protocol::kHistoryBuildsMax), before};
    Result<protocol::BuildHistory> page = client.ask_for<protocol::BuildHistory>(wanted, kAnswerTimeout, &interrupted);
    if (!page) return std::move(page).error();
    project = page->project;
    std::move(page->builds.begin(), page->builds.end(), std::back_inserter(builds));
    before = page->next;
  } while (before && builds.size() < count);
  return builds;
}

Result<BuildStatus> build_for_counterfactual(CoordinatorClient& client, const std::vector<BuildStatus>& builds, std::uint64_t wanted) {
  if (wanted == 0) return builds.front();
  const auto found = std::find_if(builds.begin(), builds.end(), [&](const BuildStatus& build) { return build.id.value == wanted; });
  if (found != builds.end()) return *found;
  return client.ask_for<BuildStatus>(protocol::WatchBuild{BuildId{wanted}, 0, Millis{0}}, kAnswerTimeout, &interrupted);
}

}  // namespace

ExitCode run_explain(const GlobalOptions& global, const ExplainCommand& command) {
  Result<std::unique_ptr<CoordinatorClient>> client = connect(global);
  if (!client) return report(client.error(), command.output);
  Result<BuildId> build = BuildId{command.build};
  if (command.build == 0) build = newest_build(**client, project_or_here(command.project));
  if (!build) return report(build.error(), command.output);
  const Result<ExplainedJob> job = explain(**client, *build, command.job);
  if (!job) return report(job.error(), command.output);
  std::fputs((command.output == Output::Json ? render_explain_json(*job) : render_explanation(*job, now_ms())).c_str(), stdout);
  return ExitCode::Ok;
}

ExitCode run_report(const GlobalOptions& global, const ReportCommand& command) {
  const Output errors = command.format == ReportFormat::Json ? Output::Json : Output::Text;
  Result<std::unique_ptr<CoordinatorClient>> client = connect(global);
  if (!client) return report(client.error(), errors);
  Report made;
  made.project = project_or_here(command.project);
  const Result<std::vector<BuildStatus>> builds = fetch_history(**client, made.project, command.last);
  if (!builds) return report(builds.error(), errors);
  if (builds->empty()) return report(no_builds("reporting", made.project), errors);
  made.builds = builds->size();
  made.newest = builds->front().id;
  made.oldest = builds->back().id;
  made.tables = history::benchmark(*builds);
  Result<BuildStatus> build = build_for_counterfactual(**client, *builds, command.build);
  if (!build) return report(build.error(), errors);
  made.counterfactual = history::counterfactual(*build, *builds, now_ms());
  made.build = std::move(*build);
  std::fputs(render_report(made, command.format).c_str(), stdout);
  return ExitCode::Ok;
}

}  // namespace farm::ctl
