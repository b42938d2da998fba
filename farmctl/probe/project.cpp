#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "farmctl/client/read_compose_project.hpp"
#include "farmctl/doctor/dockerfile_facts.hpp"
#include "farmctl/probe/probe.hpp"
#include "shared/base/limits.hpp"
#include "shared/dockerfile/dockerignore.hpp"
#include "shared/dockerfile/rust_stages.hpp"

namespace farm::ctl::probe {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kEntriesMax = 2'000'000;
constexpr std::size_t kOffendersMax = 5;
constexpr std::size_t kIgnoreBytesMax = 1U << 20U;
constexpr const char* kOptimised = "Dockerfile.rust-optimized";

std::string joined_path(const std::string& folder, const std::string& name) { return folder.empty() ? name : folder + "/" + name; }

// "a/b" of "a/b/c/d": how large things are named.
std::string top_of(const std::string& path) {
  const std::size_t first = path.find('/');
  if (first == std::string::npos) return path;
  const std::size_t second = path.find('/', first + 1);
  return second == std::string::npos ? path : path.substr(0, second) + "/";
}

class ContextWalk {
 public:
  ContextWalk(const fs::path& root, const IgnoreMatcher& matcher, doctor::ContextFacts& facts)
      : root_(root), matcher_(matcher), facts_(facts) {}

  void run() {
    walk(root_, "", {});
    for (const std::string& folder : crates_) {
      if (!matcher_.ignored(joined_path(folder, "target"))) facts_.ignores_target = false;
    }
    std::error_code ignored;
    facts_.ignores_git = matcher_.ignored(".git") || !fs::exists(root_ / ".git", ignored);
    for (const auto& [path, bytes] : sizes_) facts_.largest.push_back({path, bytes});
    std::sort(facts_.largest.begin(), facts_.largest.end(), [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
    if (facts_.largest.size() > kOffendersMax) facts_.largest.resize(kOffendersMax);
  }

 private:
  void walk(const fs::path& folder, const std::string& relative, const IgnoreMatcher::DirectoryState& state) {
    std::error_code error;
    // Only the outermost crate has a target folder.
    const bool inner = std::any_of(crates_.begin(), crates_.end(), [&](const std::string& crate) {
      return crate.empty() || relative == crate || relative.starts_with(crate + "/");
    });
    if (!inner && !state.ignored && fs::exists(folder / "Cargo.toml", error)) crates_.push_back(relative);
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
      if (++entries_ > kEntriesMax) {
        facts_.complete = false;
        return;
      }
      take(*entry, joined_path(relative, entry->path().filename().string()), state);
    }
  }
  void take(const fs::directory_entry& entry, const std::string& path, const IgnoreMatcher::DirectoryState& state) {
    std::error_code error;
    IgnoreMatcher::DirectoryState own;
    const bool ignored = matcher_.ignored(path, state, &own);
    own.ignored = ignored;
    if (entry.is_symlink(error)) return;
    if (entry.is_directory(error)) return walk(entry.path(), path, own);
    const std::uintmax_t bytes = entry.is_regular_file(error) ? entry.file_size(error) : 0;
    if (error) return;
    facts_.bytes_before += bytes;
    if (ignored) return;
    facts_.bytes_after += bytes;
    sizes_[top_of(path)] += bytes;
  }

  const fs::path& root_;
  const IgnoreMatcher& matcher_;
  doctor::ContextFacts& facts_;
  std::size_t entries_ = 0;
  std::vector<std::string> crates_;
  std::map<std::string, std::uint64_t> sizes_;
};

doctor::ContextFacts context_facts(const DiskTree& tree, const ContextId& id) {
  doctor::ContextFacts facts;
  facts.directory = id.directory;
  facts.ignore_file = id.ignore_file;
  IgnoreMatcher matcher;
  if (!id.ignore_file.empty()) {
    const Result<std::string> text = tree.read(id.ignore_file, kIgnoreBytesMax);
    if (text) matcher = IgnoreMatcher::parse(id.ignore_file, *text).value;
  }
  const fs::path root = fs::path(tree.root()) / id.directory;
  ContextWalk(root, matcher, facts).run();
  return facts;
}

// The values that differ between the services of each Dockerfile.
std::map<std::string, std::set<std::string>> service_args(const ComposeProject& compose) {
  std::map<std::string, std::vector<std::map<std::string, std::string>>> args;
  for (const Service& service : compose.services) {
    if (service.build) args[service.build->dockerfile].push_back(service.build->args);
  }
  std::map<std::string, std::set<std::string>> differing;
  for (const auto& [file, sets] : args) differing[file] = differing_args(sets);
  return differing;
}

doctor::ServiceFacts service_facts(const ReadCompose& project, const Service& service, const std::set<std::string>& differing) {
  doctor::ServiceFacts facts;
  facts.name = service.name;
  facts.image = project.compose.image_name(service);
  const BuildSpec& build = *service.build;
  if (build.remote) return facts;
  const std::string name = build.dockerfile_inline ? service.name + ".build.dockerfile_inline" : build.dockerfile;
  const Result<std::string> text =
      build.dockerfile_inline ? Result<std::string>(*build.dockerfile_inline) : project.tree->read(name, limits::kDockerfileBytesMax);
  if (!text) {
    facts.dockerfile = name;
    facts.notes.push_back(text.error().message);
    return facts;
  }
  doctor::read_dockerfile({name, *text, build.args, build.target, differing}, facts);
  const std::string folder = name.find('/') == std::string::npos ? "" : name.substr(0, name.rfind('/'));
  const std::string optimised = joined_path(folder, kOptimised);
  if (facts.rust && !facts.cooks && optimised != name && project.tree->type_of(optimised)) facts.optimised_there = optimised;
  return facts;
}

void find_overrides(const ProjectFiles& files, doctor::ProjectFacts& facts) {
  for (const fs::path& file : files.files) facts.files.push_back(relative_to(files.root, file));
  if (files.files.empty()) return;
  std::error_code error;
  for (fs::directory_iterator entry(files.files.front().parent_path(), error), end; !error && entry != end; entry.increment(error)) {
    const bool read = std::find(files.files.begin(), files.files.end(), entry->path()) != files.files.end();
    if (!read && is_override(entry->path())) facts.unused_overrides.push_back(entry->path().filename().string());
  }
  std::sort(facts.unused_overrides.begin(), facts.unused_overrides.end());
}

void find_running(doctor::ProjectFacts& facts) {
  const Ran ran = run({"docker", "ps", "--filter", "label=com.docker.compose.project=" + facts.name, "--format",
                       "{{.Label \"com.docker.compose.service\"}}"},
                      {}, 10);
  if (ran.status != 0) {
    facts.running_problem = ran.status == 127 ? "there is no docker on this machine" : "docker does not answer on this machine";
    return;
  }
  for (std::size_t begin = 0; begin < ran.text.size();) {
    const std::size_t end = std::min(ran.text.find('\n', begin), ran.text.size());
    if (end > begin) facts.running.push_back(ran.text.substr(begin, end - begin));
    begin = end + 1;
  }
}

}  // namespace

doctor::ProjectFacts project_facts(const ProjectOptions& options) {
  doctor::ProjectFacts facts;
  const Result<ReadCompose> project = read_compose_project(options);
  if (!project) {
    // A folder without a project is no fault; a project that can't be read is one.
    if (!project.error().message.starts_with("looking for a compose file")) facts.problem = project.error().message;
    return facts;
  }
  facts.found = true;
  facts.name = project->compose.name;
  facts.folder = project->files.folder.string();
  find_overrides(project->files, facts);
  const auto differing = service_args(project->compose);
  for (const Service& service : project->compose.services) {
    if (service.build) facts.services.push_back(service_facts(*project, service, differing.at(service.build->dockerfile)));
  }
  for (const ContextId& id : contexts_of(project->compose, *project->tree, {}).value)
    facts.contexts.push_back(context_facts(*project->tree, id));
  find_running(facts);
  return facts;
}

}  // namespace farm::ctl::probe
