#include "farmctl/commands/up.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "farmctl/client/compose_program.hpp"
#include "farmctl/client/read_compose_project.hpp"
#include "farmctl/client/up_store.hpp"
#include "shared/plan/planner.hpp"

namespace farm::ctl {
namespace {

namespace fs = std::filesystem;

// Exact names of what the user asked for; empty: all. A service without a build is named in full.
Result<std::vector<std::string>> asked_services(const ComposeProject& project, const std::vector<std::string>& words) {
  std::vector<std::string> names;
  for (const std::string& word : words) {
    if (word == "all") return std::vector<std::string>{};
    if (project.find(word) != nullptr) {
      names.push_back(word);
      continue;
    }
    Result<std::vector<std::string>> matched = match_service(project, word);
    if (!matched) return std::move(matched).error();
    names.insert(names.end(), matched->begin(), matched->end());
  }
  return names;
}

// Compose's command line up to its verb. All paths are absolute, so that it is the same from every folder.
std::vector<std::string> compose_command(std::vector<std::string> command, const ReadCompose& read, const ProjectOptions& options,
                                         const std::string& pinned) {
  command.insert(command.end(), {"-p", read.compose.name, "--project-directory", read.files.folder.string()});
  for (const fs::path& file : read.files.env_files) command.insert(command.end(), {"--env-file", file.string()});
  for (const std::string& profile : options.profiles) command.insert(command.end(), {"--profile", profile});
  for (const fs::path& file : read.files.files) command.insert(command.end(), {"-f", file.string()});
  command.insert(command.end(), {"-f", pinned});
  return command;
}

// Exit code of a compose that ran; its own words are on the screen already.
ExitCode after_compose(const Result<int>& status, const std::string& what) {
  if (!status) return report(status.error());
  constexpr int kInterrupted = 130;
  if (*status == 0 || *status == kInterrupted) return ExitCode::Ok;
  std::fprintf(stderr, "farmctl: %s: compose ended with status %d\n", what.c_str(), *status);
  return ExitCode::BuildFailed;
}

// Builds what is to be started and has a build. No value: built, with the images in `state`.
std::optional<ExitCode> build(const GlobalOptions& global, SubmitCommand submit, const ComposeProject& project, UpState& state) {
  submit.project.services.clear();
  for (const auto& [name, image] : state.images) {
    if (project.find(name)->build) submit.project.services.push_back(name);
  }
  if (submit.project.services.empty()) return std::nullopt;
  BuildStatus built;
  const ExitCode code = run_submit(global, submit, &built);
  if (code != ExitCode::Ok) {
    std::fprintf(stderr, "farmctl: nothing was started\n");
    return code;
  }
  for (const ServiceStatus& service : built.services) {
    const auto found = state.images.find(service.service);
    if (found != state.images.end()) found->second = pinned_reference(service.image, service.digest);
  }
  return std::nullopt;
}

std::string here() {
  std::error_code ignored;
  return fs::current_path(ignored).string();
}

std::string names_of(const std::vector<StartedProject>& started) {
  std::string names;
  for (const StartedProject& each : started) names += (names.empty() ? "" : ", ") + each.state.project + " (" + each.state.folder + ")";
  return names;
}

}  // namespace

ExitCode run_up(const GlobalOptions& global, const UpCommand& command) {
  const Result<std::vector<std::string>> program = find_compose();
  if (!program) return report(program.error());
  Result<ReadCompose> read = read_compose_project(command.submit.project);
  if (!read) return report(read.error());
  const Result<std::vector<std::string>> asked = asked_services(read->compose, command.submit.project.services);
  if (!asked) return report(asked.error());
  const Result<std::string> folder = make_up_folder(read->compose.name, read->files.folder.string());
  if (!folder) return report(folder.error());

  UpState state{read->compose.name, read->files.folder.string(), {}, {}};
  state.compose = compose_command(*program, *read, command.submit.project, pinned_file(*folder));
  for (const std::string& name : services_to_start(read->compose, *asked)) state.images.emplace(name, "");
  if (const auto failed = build(global, command.submit, read->compose, state)) return *failed;
  for (const StartedProject& earlier : started_from(state.folder, state.project)) {
    if (earlier.up_folder == *folder) keep_pinned(state, earlier.state, read->compose);
  }
  if (const Result<void> written = write_up(*folder, state); !written) return report(written.error());
  std::vector<std::string> words = state.compose;
  words.insert(words.end(), {"up", "--no-build"});
  if (command.detach) words.emplace_back("--detach");
  words.emplace_back("--");  // a service's name may begin with '-'
  words.insert(words.end(), asked->begin(), asked->end());
  return after_compose(run_in_foreground(words), "starting the services");
}

ExitCode run_down(const DownCommand& command) {
  const std::vector<StartedProject> started = started_from(here(), command.project_name);
  if (started.empty()) {
    std::printf("nothing of %s was started by `farmctl up`\n",
                command.project_name.empty() ? "a project in this folder" : ("project " + command.project_name).c_str());
    return ExitCode::Ok;
  }
  if (started.size() > 1) {
    return report(
        {ErrorKind::InvalidInput, "several projects were started: " + names_of(started) + "; name one with --project-name, in its folder"});
  }
  std::vector<std::string> words = started.front().state.compose;
  words.insert(words.end(), {"--profile", "*", "down"});
  if (command.volumes) words.emplace_back("--volumes");
  if (command.timeout_s >= 0) words.insert(words.end(), {"--timeout", std::to_string(command.timeout_s)});
  const ExitCode code = after_compose(run_in_foreground(words), "stopping the services");
  if (code == ExitCode::Ok) forget_up(started.front().up_folder);
  return code;
}

std::optional<ExitCode> run_service_logs(const LogsCommand& command) {
  const std::vector<StartedProject> started = started_from(here(), "");
  if (command.word.empty() && started.empty())
    return report(
        {ErrorKind::InvalidInput, "nothing that `farmctl up` started runs here; name a service or job whose build's log is meant"});
  if (command.word.empty() && started.size() > 1)
    return report({ErrorKind::InvalidInput, "several projects were started from here (" + names_of(started) + "); name a service"});
  for (const StartedProject& each : started) {
    Result<std::vector<std::string>> services = std::vector<std::string>{};
    if (!command.word.empty()) services = match_started(each.state, command.word);
    if (!services) return report(services.error());
    if (services->empty() && !command.word.empty()) continue;
    std::vector<std::string> words = each.state.compose;
    words.emplace_back("logs");
    if (command.follow) words.emplace_back("--follow");
    if (command.tail) words.insert(words.end(), {"--tail", std::to_string(*command.tail)});
    words.emplace_back("--");
    words.insert(words.end(), services->begin(), services->end());
    return after_compose(run_in_foreground(words), command.word.empty() ? "reading the logs" : "reading the log of " + command.word);
  }
  return std::nullopt;
}

}  // namespace farm::ctl
