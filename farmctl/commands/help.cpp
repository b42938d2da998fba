#include "farmctl/commands/help.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "farmctl/client/coordinator_client.hpp"
#include "farmctl/client/find_farm.hpp"
#include "farmctl/client/read_compose_project.hpp"
#include "farmctl/commands/commands.hpp"
#include "farmctl/commands/words.hpp"
#include "farmctl/render/complete.hpp"
#include "farmctl/render/completion_script.hpp"
#include "farmctl/render/man_page.hpp"

namespace farm::ctl {
namespace {

constexpr Millis kAnswerTimeout{1'000};
constexpr std::uint32_t kBuildsOffered = 20;

// -f FILE and the like, as they stand in the words already, so that the services are those of the project that is meant.
ProjectOptions project_of(const std::vector<std::string>& words) {
  ProjectOptions options;
  for (std::size_t i = 0; i + 2 < words.size(); ++i) {
    if (words[i] == "-f" || words[i] == "--file") options.files.push_back(words[i + 1]);
    if (words[i] == "--project-directory") options.project_directory = words[i + 1];
    if (words[i] == "--profile") options.profiles.push_back(words[i + 1]);
  }
  return options;
}

template <typename Answer>
Result<Answer> ask(const protocol::ClientRequestBody& body) {
  Result<config::ClientConfig> farm = find_farm("");
  if (!farm) return std::move(farm).error();
  Result<std::unique_ptr<CoordinatorClient>> client = CoordinatorClient::connect(*farm);
  if (!client) return std::move(client).error();
  return (*client)->ask_for<Answer>(body, kAnswerTimeout);
}

// The compose files alone are read.
void offer_services(const ProjectOptions& options, Completion& completion) {
  const Result<ReadCompose> project = read_compose_project(options);
  if (!project) return;
  for (const Service& service : project->compose.services) {
    if (service.build) completion.candidates.push_back({service.name, ""});
  }
}

void offer_builds(Completion& completion) {
  const Result<protocol::BuildList> list = ask<protocol::BuildList>(protocol::ListBuilds{kBuildsOffered});
  if (!list) return;
  for (const BuildSummary& build : list->builds)
    completion.candidates.push_back({to_string(build.id), build.project + ", " + std::string(to_string(build.state))});
}

void offer_agents(Completion& completion) {
  const Result<protocol::AgentList> list = ask<protocol::AgentList>(protocol::ListAgents{});
  if (!list) return;
  for (const AgentStatus& agent : list->agents) completion.candidates.push_back({agent.name, agent.state});
}

Result<void> write_page(const std::string& directory, const std::string& name, const std::string& text) {
  std::ofstream out(directory + "/" + name, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (out) return {};
  return Error{ErrorKind::InvalidInput, "writing " + directory + "/" + name + ": no room or no permission"};
}

Result<void> write_pages(const CommandDoc& root, const std::string& directory) {
  std::error_code ignored;
  std::filesystem::create_directories(directory, ignored);  // what fails shows at the first page
  if (auto written = write_page(directory, root.name + ".1", render_man_page(root, FARM_VERSION)); !written) return written;
  for (const CommandDoc& verb : root.subcommands) {
    auto written = write_page(directory, root.name + "-" + verb.name + ".1", render_verb_man_page(root, verb, FARM_VERSION));
    if (!written) return written;
  }
  return {};
}

}  // namespace

ExitCode run_completion(const std::string& shell) {
  std::fputs(completion_script(shell).c_str(), stdout);
  return ExitCode::Ok;
}

ExitCode run_man(const CommandDoc& root, const std::string& verb, const std::string& directory) {
  if (!directory.empty()) {
    const Result<void> written = write_pages(root, directory);
    return written ? ExitCode::Ok : report(written.error());
  }
  if (verb.empty()) {
    std::fputs(render_man_page(root, FARM_VERSION).c_str(), stdout);
    return ExitCode::Ok;
  }
  const CommandDoc* found = root.find(verb);
  if (found == nullptr)
    return report({ErrorKind::InvalidInput, "there is no verb '" + verb + "'" + meant_verb(verb, root) + "; see `farmctl --help`"});
  std::fputs(render_verb_man_page(root, *found, FARM_VERSION).c_str(), stdout);
  return ExitCode::Ok;
}

ExitCode run_complete(const CommandDoc& root, const std::vector<std::string>& words) {
  Completion completion = complete(root, words);
  if (completion.wanted == Wanted::Services) offer_services(project_of(words), completion);
  if (completion.wanted == Wanted::Builds) offer_builds(completion);
  if (completion.wanted == Wanted::Agents) offer_agents(completion);
  std::fputs(render_completion(completion).c_str(), stdout);
  return ExitCode::Ok;
}

}  // namespace farm::ctl
