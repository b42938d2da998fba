#include "farmctl/client/read_project.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <set>

#include <unistd.h>

#include "farmctl/client/project_files.hpp"
#include "shared/compose/read_compose.hpp"
#include "shared/dockerfile/dockerignore.hpp"
#include "shared/snapshot/snapshot.hpp"

namespace farm::ctl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kIgnoreBytesMax = 1U << 20U;

Instant now() {
  return {std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count()};
}

std::map<std::string, std::string> whole_environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return variables;
}

Error joined(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity == Severity::Error) text += (text.empty() ? "" : "\n") + to_string(diagnostic);
  }
  return {ErrorKind::InvalidInput, text};
}

Result<IgnoreMatcher> read_ignore(const DiskTree& tree, const ContextId& id, std::vector<Diagnostic>& diagnostics) {
  if (id.ignore_file.empty()) return IgnoreMatcher();
  const Result<std::string> text = tree.read(id.ignore_file, kIgnoreBytesMax);
  if (!text) return text.error();
  Parsed<IgnoreMatcher> parsed = IgnoreMatcher::parse(id.ignore_file, *text);
  if (!parsed.ok()) return joined(parsed.diagnostics);
  diagnostics.insert(diagnostics.end(), parsed.diagnostics.begin(), parsed.diagnostics.end());
  return std::move(parsed.value);
}

Result<void> walk(ReadProject& project, const std::vector<ContextId>& ids, const ProjectOptions& options, ContextFiles& files) {
  for (const ContextId& id : ids) {
    const Result<IgnoreMatcher> matcher = read_ignore(*project.tree, id, project.diagnostics);
    if (!matcher) return matcher.error();
    const std::string root = id.directory.empty() ? project.tree->root() : project.tree->root() + "/" + id.directory;
    SnapshotOptions snapshot_options;
    if (options.use_index) snapshot_options.index_file = default_index_file(root);
    IgnoreRules rules;
    if (!matcher->empty()) {
      rules.ignored = [&](const std::string& path, bool) { return matcher->ignored(path); };
      rules.may_prune = [&](const std::string& directory) { return !matcher->may_contain_exceptions(directory); };
    }
    Result<Snapshot> snapshot = take_snapshot(root, rules, snapshot_options);
    if (!snapshot) return std::move(snapshot).error().with("walking the build context " + (id.directory.empty() ? "." : id.directory));
    project.diagnostics.insert(project.diagnostics.end(), snapshot->warnings.begin(), snapshot->warnings.end());
    project.hashed_files += snapshot->hashed_files;
    files.emplace(id, std::move(snapshot->files));
  }
  return {};
}

Parsed<ComposeProject> read_in_root(ReadProject& project, const ProjectFiles& files, const ProjectOptions& options,
                                    const std::map<std::string, std::string>& environment) {
  ComposeRequest request;
  request.environment = environment;
  request.environment.erase("COMPOSE_FILE");  // answered by find_project_files
  for (const fs::path& file : files.files) request.files.push_back(relative_to(files.root, file));
  for (const fs::path& file : files.env_files) request.env_files.push_back(relative_to(files.root, file));
  if (!options.project_directory.empty()) request.project_directory = relative_to(files.root, files.folder);
  request.working_directory = relative_to(files.root, files.working_directory);
  request.profiles = options.profiles;
  request.project_name = options.project_name;
  request.root_directory = files.root.string();
  for (const std::string& word : options.services) {
    if (word != "all") request.wanted.push_back(word);
  }
  project.tree = std::make_unique<DiskTree>(request.root_directory);
  return read_compose(*project.tree, request);
}

Result<std::vector<std::string>> wanted_services(const ComposeProject& compose, const std::vector<std::string>& words) {
  std::set<std::string> names;
  for (const std::string& word : words) {
    if (word == "all") return std::vector<std::string>{};
    Result<std::vector<std::string>> matched = match_service(compose, word);
    if (!matched) return std::move(matched).error();
    names.insert(matched->begin(), matched->end());
  }
  return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace

Result<ReadProject> read_project(const ProjectOptions& options) {
  const Instant start = now();
  ReadProject project;
  const std::map<std::string, std::string> environment = whole_environment();
  Result<ProjectFiles> files = find_project_files(options, environment);
  if (!files) return std::move(files).error();
  Parsed<ComposeProject> compose = read_in_root(project, *files, options, environment);
  // What the files name outside (`context: ..`) is found only by reading them. The root rises at each turn, so this ends.
  while (!compose.ok() && !compose.value.outside.empty()) {
    const fs::path before = files->root;
    for (const std::string& path : compose.value.outside) files->root = root_that_holds(files->root, path);
    if (files->root == before) break;
    compose = read_in_root(project, *files, options, environment);
  }
  project.diagnostics = compose.diagnostics;
  if (!compose.ok()) return joined(compose.diagnostics);
  project.compose = std::move(compose.value);

  PlanRequest plan_request;
  plan_request.tag = options.tag;
  if (!options.platform.empty()) plan_request.platform = options.platform;
  Result<std::vector<std::string>> wanted = wanted_services(project.compose, options.services);
  if (!wanted) return std::move(wanted).error();
  plan_request.services = *std::move(wanted);
  const Parsed<std::vector<ContextId>> ids = contexts_of(project.compose, *project.tree, plan_request);
  if (!ids.ok()) return joined(ids.diagnostics);
  ContextFiles contexts;
  const Instant walk_start = now();
  if (const Result<void> walked = walk(project, ids.value, options, contexts); !walked) return walked.error();
  project.walk_ms = now() - walk_start;
  Parsed<ProjectPlan> plan = make_plan(project.compose, *project.tree, contexts, plan_request);
  project.diagnostics.insert(project.diagnostics.end(), plan.diagnostics.begin(), plan.diagnostics.end());
  if (!plan.ok()) return joined(plan.diagnostics);
  project.plan = std::move(plan.value);
  if (project.plan.plan.services.empty()) {
    return Error{ErrorKind::InvalidInput, "nothing to build: no service of " + files->files.front().string() + " has a `build`"};
  }
  if (const Result<void> checked = check_plan(project.plan.plan); !checked) return checked.error();
  project.read_ms = now() - start - project.walk_ms;
  return project;
}

}  // namespace farm::ctl
