#include "shared/compose/read_compose.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "shared/base/limits.hpp"
#include "shared/compose/loader.hpp"
#include "shared/compose/merge.hpp"
#include "shared/compose/names.hpp"
#include "shared/compose/select.hpp"

namespace farm {
namespace {

using compose::Mark;
using compose::Node;
using compose::Variables;

constexpr Mark kNowhere{0xFFFFFFFFU, 0, 0};  // what the caller asked for stands in no file
constexpr std::array kFileNames{"compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"};
constexpr std::array kOverrideNames{"compose.override.yml", "compose.override.yaml", "docker-compose.override.yml",
                                    "docker-compose.override.yaml"};

std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + separator.size();
  }
  return parts;
}

std::string variable(const Variables& variables, const std::string& name) {
  const auto found = variables.find(name);
  return found == variables.end() ? "" : found->second;
}

class ProjectReader {
 public:
  ProjectReader(const FileTree& tree, const ComposeRequest& request)
      : tree_(tree),
        request_(request),
        paths_(request.root_directory, variable(request.environment, "HOME")),
        loader_(tree, paths_, report_) {}

  Parsed<ComposeProject> read() {
    read_variables();
    choose_files();
    if (!files_.empty()) {
      project_.directory = scope_.directory = request_.project_directory.value_or(parent_path(files_.front()));
      add_env_of_directory();
      choose_name();
      load();
    }
    project_.files = loader_.files_read();
    project_.outside = paths_.outside();
    return {std::move(project_), report_.take()};
  }

 private:
  void read_variables() {
    scope_.variables = request_.environment;
    std::vector<std::string> paths;
    for (const std::string& path : request_.env_files) add_path(path, paths);
    scope_.variables.merge(loader_.env_files(paths, request_.environment, kNowhere));
    if (request_.env_files.empty()) add_default_env(request_.project_directory.value_or(request_.working_directory));
  }

  void add_default_env(const std::string& directory) {
    const std::string path = directory.empty() ? ".env" : directory + "/.env";
    if (std::optional<Variables> own = loader_.env_file(path, scope_.variables, false, kNowhere)) scope_.variables.merge(std::move(*own));
  }

  // The folder of the first file may have a .env of its own; that of the working directory wins.
  void add_env_of_directory() {
    const bool read_before = request_.project_directory || scope_.directory == request_.working_directory;
    if (request_.env_files.empty() && !read_before) add_default_env(scope_.directory);
  }

  void add_path(const std::string& written, std::vector<std::string>& into) {
    Result<std::string> path = paths_.inside("", written);
    if (path) {
      into.push_back(std::move(*path));
    } else {
      report_.error_in("", path.error().message);
    }
  }

  void choose_files() {
    std::vector<std::string> written = request_.files;
    if (written.empty()) {
      const std::string separator = variable(scope_.variables, "COMPOSE_PATH_SEPARATOR");
      written = split(variable(scope_.variables, "COMPOSE_FILE"), separator.empty() ? ":" : separator);
    }
    for (const std::string& path : written) add_path(path, files_);
    if (written.empty()) find_default_files();
  }

  void find_default_files() {
    if (!find_one(kFileNames)) {
      report_.error_in("",
                       "looking for a compose file: there is no compose.yaml, compose.yml, docker-compose.yml or docker-compose.yaml here; "
                       "name one with --file");
      return;
    }
    find_one(kOverrideNames);
  }

  bool find_one(const std::array<const char*, 4>& names) {
    std::vector<std::string> found;
    for (const char* name : names) {
      if (tree_.is_file(name)) found.emplace_back(name);
    }
    if (found.empty()) return false;
    for (std::size_t index = 1; index < found.size(); ++index) {
      report_.add(Severity::Warning, {found[index], 0, 0},
                  "not read, because " + found.front() + " is there too; remove one, or use --file");
    }
    files_.push_back(found.front());
    return true;
  }

  void choose_name() {
    std::string name = request_.project_name.empty() ? variable(scope_.variables, "COMPOSE_PROJECT_NAME") : request_.project_name;
    if (!name.empty()) {
      if (name != compose::normalise_project_name(name)) {
        report_.error_in("", "the project name \"" + name +
                                 "\" must have lower-case letters, digits, '-' and '_' only, and begin with a letter or digit");
      }
    } else {
      name = compose::normalise_project_name(name_in_files());
    }
    if (name.empty()) {
      const std::string folder = request_.root_directory + "/" + scope_.directory;
      std::vector<std::string> parts = split(folder, "/");
      if (!parts.empty()) name = compose::normalise_project_name(parts.back());
    }
    if (name.empty()) report_.error_in(files_.front(), "the project has no name: add \"name:\" to the compose file, or use --project-name");
    scope_.variables["COMPOSE_PROJECT_NAME"] = name;
    project_.name = std::move(name);
  }

  // `name:` of the last file that has one, with variables put in.
  std::string name_in_files() {
    std::string name;
    for (const std::string& path : files_) {
      for (const Node& document : loader_.documents(path, kNowhere)) {
        const Node* found = document.find("name");
        if (found == nullptr || !found->is_scalar()) continue;
        const compose::Lookup lookup = [this](const std::string& key) -> const std::string* {
          const auto known = scope_.variables.find(key);
          return known == scope_.variables.end() ? nullptr : &known->second;
        };
        Result<compose::Interpolated> text = compose::interpolate(found->text, lookup);
        if (text) name = std::move(text->text);  // what is wrong with it is said when the whole file is read
      }
    }
    return name;
  }

  void load() {
    compose::Model model = loader_.load(files_, scope_, kNowhere);
    compose::settle(model.services);
    compose::settle(model.secrets);
    if (model.services.fields.size() > limits::kServicesMax) {
      report_.error_in(files_.front(), "the project has more than the limit of " + std::to_string(limits::kServicesMax) + " services");
      return;
    }
    std::set<std::string> profiles(request_.profiles.begin(), request_.profiles.end());
    if (profiles.empty()) {
      for (std::string& profile : split(variable(scope_.variables, "COMPOSE_PROFILES"), ",")) profiles.insert(std::move(profile));
    }
    const compose::ExtractContext context{paths_, scope_, model.secrets};
    compose::select_services(model.services, context, profiles, request_.wanted, project_, report_);
  }

  const FileTree& tree_;
  const ComposeRequest& request_;
  compose::Report report_;
  compose::Paths paths_;
  compose::Loader loader_;
  compose::Scope scope_;
  std::vector<std::string> files_;
  ComposeProject project_;
};

}  // namespace

Parsed<ComposeProject> read_compose(const FileTree& tree, const ComposeRequest& request) { return ProjectReader(tree, request).read(); }

}  // namespace farm
