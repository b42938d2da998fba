#include "farmctl/commands/upkeep.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <set>

#include "farmctl/client/coordinator_client.hpp"
#include "farmctl/client/find_farm.hpp"
#include "farmctl/client/read_compose_project.hpp"
#include "farmctl/local/collect_garbage.hpp"
#include "farmctl/render/upkeep_view.hpp"
#include "shared/config/nearest.hpp"

namespace farm::ctl {
namespace {

constexpr Millis kUpkeepTimeout{25 * 60'000};  // longer than the coordinator's own
constexpr Millis kAnswerTimeout{10'000};       // of a coordinator that is there

constexpr std::uint32_t kBuildsLookedAt = 1'000;
constexpr std::size_t kNamesShown = 20;

std::int64_t now_ms() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

struct Connected {
  config::ClientConfig farm;
  std::unique_ptr<CoordinatorClient> client;
};

Result<Connected> connect(const GlobalOptions& global) {
  Result<config::ClientConfig> farm = find_farm(global.config);
  if (!farm) return std::move(farm).error();
  Result<std::unique_ptr<CoordinatorClient>> client = CoordinatorClient::connect(*farm);
  if (!client) return std::move(client).error();
  // Before the long wait: a coordinator that is away would be waited for as long as one that works.
  if (const auto there = (*client)->ask_for<protocol::FarmInfo>(protocol::GetFarm{}, kAnswerTimeout, &interrupted); !there)
    return there.error();
  return Connected{std::move(*farm), std::move(*client)};
}

ExitCode print(const std::string& text) { return std::fputs(text.c_str(), stdout) < 0 ? ExitCode::OurFault : ExitCode::Ok; }

Result<std::string> project_of(const CleanCommand& command) {
  if (!command.project.project_name.empty()) return command.project.project_name;
  Result<ReadCompose> project = read_compose_project(command.project);
  if (!project) return std::move(project).error().with("finding out which project to clean (or name it with --project-name)");
  return project->compose.name;
}

std::string known_projects(CoordinatorClient& client, const std::string& meant) {
  const auto list = client.ask_for<protocol::BuildList>(protocol::ListBuilds{kBuildsLookedAt}, kAnswerTimeout, &interrupted);
  std::set<std::string> known;
  for (const BuildSummary& build : list ? list->builds : std::vector<BuildSummary>{}) known.insert(build.project);
  std::vector<std::string> names(known.begin(), known.end());
  const std::string near = config::nearest_name(meant, names);
  if (names.size() > kNamesShown) names.resize(kNamesShown);
  std::string text = near.empty() ? "" : " (did you mean '" + near + "'?)";
  text += names.empty() ? "; nothing was ever built here" : "; it has built ";
  for (const std::string& name : names) text += (name == names.front() ? "" : ", ") + name;
  return text + (known.size() > names.size() ? ", …" : "");
}

// A name of which the farm has neither a build nor anything that clean would forget is a mistake, not a project that is clean already.
Result<void> check_known(CoordinatorClient& client, const std::string& project) {
  protocol::GetHistory wanted{project, 1, {}};
  do {
    const auto page = client.ask_for<protocol::BuildHistory>(wanted, kAnswerTimeout, &interrupted);
    if (!page) return page.error();
    if (!page->builds.empty()) return {};
    wanted.before = page->next;
  } while (wanted.before);
  const auto would = client.ask_for<protocol::Pruned>(protocol::Clean{project, true, true}, kUpkeepTimeout, &interrupted);
  if (!would) return would.error();
  if (would->results + would->slices + would->manifests + would->in_use + would->shared > 0) return {};
  return Error{ErrorKind::NotFound, "cleaning: the farm knows no project '" + project + "'" + known_projects(client, project)};
}

Result<void> confirm(const std::string& project) {
  if (isatty(STDIN_FILENO) == 0) {
    return Error{ErrorKind::InvalidInput,
                 "cleaning forgets everything that was built of project '" + project + "'; say --yes where nobody can be asked"};
  }
  std::fprintf(stderr, "Forget all results, history and caches of project %s? Its next build is cold. [y/N] ", project.c_str());
  std::string answer;
  if (std::getline(std::cin, answer) && (answer == "y" || answer == "Y" || answer == "yes")) return {};
  return Error{ErrorKind::Cancelled, "nothing was cleaned"};
}

}  // namespace

ExitCode run_du(const GlobalOptions& global, Output output) {
  const Result<Connected> connected = connect(global);
  if (!connected) return report(connected.error(), output);
  const auto usage = connected->client->ask_for<protocol::Usage>(protocol::GetUsage{}, kUpkeepTimeout, &interrupted);
  if (!usage) return report(usage.error(), output);
  return print(output == Output::Json ? render_usage_json(*usage) : render_usage(*usage, now_ms()));
}

ExitCode run_prune(const GlobalOptions& global, const PruneCommand& command) {
  const Result<Connected> connected = connect(global);
  if (!connected) return report(connected.error(), command.output);
  const auto pruned = connected->client->ask_for<protocol::Pruned>(command.prune, kUpkeepTimeout, &interrupted);
  if (!pruned) return report(pruned.error(), command.output);
  GarbageCollected garbage;
  if (!pruned->dry_run && command.collect) garbage = collect_garbage(connected->farm, *connected->client);
  return print(command.output == Output::Json ? render_pruned_json(*pruned, garbage)
                                              : render_pruned(*pruned, garbage, now_ms(), command.verbose));
}

ExitCode run_clean(const GlobalOptions& global, const CleanCommand& command) {
  const Result<std::string> project = project_of(command);
  if (!project) return report(project.error(), command.output);
  const Result<Connected> connected = connect(global);
  if (!connected) return report(connected.error(), command.output);
  if (!command.project.project_name.empty()) {
    if (const Result<void> known = check_known(*connected->client, *project); !known) return report(known.error(), command.output);
  }
  if (!command.yes && !command.dry_run) {
    if (const Result<void> sure = confirm(*project); !sure) return report(sure.error(), command.output);
  }
  const protocol::Clean clean{*project, command.force, command.dry_run};
  const auto pruned = connected->client->ask_for<protocol::Pruned>(clean, kUpkeepTimeout, &interrupted);
  if (!pruned) return report(pruned.error(), command.output);
  return print(command.output == Output::Json ? render_cleaned_json(*pruned, *project) : render_cleaned(*pruned, *project));
}

}  // namespace farm::ctl
