#include "farmctl/client/read_project.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <set>

#include <unistd.h>

#include "shared/compose/read_compose.hpp"
#include "shared/dockerfile/dockerignore.hpp"
#include "shared/snapshot/snapshot.hpp"

namespace farm::ctl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kIgnoreBytesMax = 1U << 20U;
constexpr const char* kDefaultNames[] = {"compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"};

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

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::vector<fs::path> split_compose_file(const std::string& value) {
  std::vector<fs::path> paths;
  std::size_t begin = 0;
  while (begin <= value.size()) {
    const std::size_t end = std::min(value.find(':', begin), value.size());
    if (end > begin) paths.emplace_back(value.substr(begin, end - begin));
    begin = end + 1;
  }
  return paths;
}

// The first compose file upwards from the working directory, and its override beside it.
Result<std::vector<fs::path>> find_default_files() {
  std::error_code error;
  const fs::path start = fs::current_path(error);
  for (fs::path folder = start;; folder = folder.parent_path()) {
    for (const char* name : kDefaultNames) {
      if (!is_there(folder / name)) continue;
      std::vector<fs::path> files = {folder / name};
      const std::string stem = fs::path(name).stem().string();
      for (const char* extension : {".override.yml", ".override.yaml"}) {
        if (is_there(folder / (stem + extension))) {
          files.push_back(folder / (stem + extension));
          break;
        }
      }
      return files;
    }
    if (folder == folder.root_path()) break;
  }
  return Error{ErrorKind::InvalidInput, "looking for a compose file: neither " + start.string() +
                                            " nor a folder above it has a compose.yaml or docker-compose.yml; name one with --file"};
}

Result<std::vector<fs::path>> compose_files(const ProjectOptions& options, const std::map<std::string, std::string>& environment) {
  std::vector<fs::path> files;
  if (!options.files.empty()) {
    files.assign(options.files.begin(), options.files.end());
  } else if (const auto found = environment.find("COMPOSE_FILE"); found != environment.end() && !found->second.empty()) {
    files = split_compose_file(found->second);
  } else {
    return find_default_files();
  }
  for (fs::path& file : files) {
    if (!is_there(file)) return Error{ErrorKind::InvalidInput, "reading the compose files: " + file.string() + " does not exist"};
    file = fs::absolute(file).lexically_normal();
  }
  return files;
}

// The git checkout that holds the folder, else the folder.
fs::path tree_root(const fs::path& folder) {
  for (fs::path up = folder;; up = up.parent_path()) {
    if (is_there(up / ".git")) return up;
    if (up == up.root_path()) return folder;
  }
}

std::string relative_to(const fs::path& root, const fs::path& path) {
  const std::string text = path.lexically_relative(root).generic_string();
  return text == "." ? "" : text;
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
  ComposeRequest request;
  request.environment = whole_environment();
  Result<std::vector<fs::path>> files = compose_files(options, request.environment);
  if (!files) return std::move(files).error();
  const fs::path folder = options.project_directory.empty() ? files->front().parent_path() : fs::absolute(options.project_directory).lexically_normal();
  std::error_code ignored;
  const fs::path root = fs::canonical(tree_root(folder), ignored);
  project.tree = std::make_unique<DiskTree>(root.string());
  for (const fs::path& file : *files) {
    const fs::path real = fs::canonical(file.parent_path(), ignored) / file.filename();
    request.files.push_back(relative_to(root, real));
    if (request.files.back().starts_with("..")) {
      return Error{ErrorKind::InvalidInput, "reading " + file.string() + ": it lies outside " + root.string() + ", where the project's files are"};
    }
  }
  request.environment.erase("COMPOSE_FILE");  // answered above
  for (const std::string& file : options.env_files) request.env_files.push_back(relative_to(root, fs::canonical(fs::absolute(file), ignored)));
  request.profiles = options.profiles;
  request.project_name = options.project_name;
  request.root_directory = root.string();
  for (const std::string& word : options.services) {
    if (word != "all") request.wanted.push_back(word);
  }
  Parsed<ComposeProject> compose = read_compose(*project.tree, request);
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
    return Error{ErrorKind::InvalidInput, "nothing to build: no service of " + files->front().string() + " has a `build`"};
  }
  if (const Result<void> checked = check_plan(project.plan.plan); !checked) return checked.error();
  project.read_ms = now() - start - project.walk_ms;
  return project;
}

}  // namespace farm::ctl
