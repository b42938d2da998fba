#include "farmctl/client/read_project.hpp"

#include <chrono>
#include <set>

#include "farmctl/client/read_compose_project.hpp"
#include "shared/dockerfile/dockerignore.hpp"
#include "shared/snapshot/outside_index.hpp"
#include "shared/snapshot/snapshot.hpp"

namespace farm::ctl {
namespace {

constexpr std::size_t kIgnoreBytesMax = 1U << 20U;

Instant now() {
  return {std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count()};
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

std::map<Digest, std::vector<std::string>> outside_paths_of(const ReadProject& project, const ContextFiles& contexts,
                                                            const ProjectOptions& options) {
  std::map<Digest, std::vector<std::string>> all;
  for (const auto& [id, files] : contexts) {
    const std::string root = id.directory.empty() ? project.tree->root() : project.tree->root() + "/" + id.directory;
    all.merge(snapshot::find_outside_paths(root, files, options.use_index ? default_index_file(root) + ".paths" : ""));
  }
  return all;
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
  Result<ReadCompose> compose = read_compose_project(options);
  if (!compose) return std::move(compose).error();
  project.tree = std::move(compose->tree);
  project.compose = std::move(compose->compose);
  project.diagnostics = std::move(compose->diagnostics);

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
  plan_request.outside_paths = outside_paths_of(project, contexts, options);
  project.walk_ms = now() - walk_start;
  Parsed<ProjectPlan> plan = make_plan(project.compose, *project.tree, contexts, plan_request);
  project.diagnostics.insert(project.diagnostics.end(), plan.diagnostics.begin(), plan.diagnostics.end());
  if (!plan.ok()) return joined(plan.diagnostics);
  project.plan = std::move(plan.value);
  if (project.plan.plan.services.empty()) {
    return Error{ErrorKind::InvalidInput, "nothing to build: no service of " + compose->files.files.front().string() + " has a `build`"};
  }
  if (const Result<void> checked = check_plan(project.plan.plan); !checked) return checked.error();
  project.read_ms = now() - start - project.walk_ms;
  return project;
}

}  // namespace farm::ctl
