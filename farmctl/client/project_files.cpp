#include "farmctl/client/project_files.hpp"

#include <algorithm>

#include "shared/compose/env_file.hpp"

namespace farm::ctl {
namespace {

namespace fs = std::filesystem;
using Environment = std::map<std::string, std::string>;

constexpr const char* kDefaultNames[] = {"compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"};
constexpr const char* kOverrideNames[] = {"compose.override.yml", "compose.override.yaml", "docker-compose.override.yml",
                                          "docker-compose.override.yaml"};
constexpr std::size_t kEnvBytesMax = 1U << 20U;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// Absolute, and without symbolic links in its folder: so that paths can be compared.
fs::path settled(const fs::path& path) {
  std::error_code ignored;
  const fs::path whole = fs::absolute(path, ignored).lexically_normal();
  return fs::weakly_canonical(whole.parent_path(), ignored) / whole.filename();
}

// COMPOSE_FILE, from the environment or from .env in the folder.
std::string compose_file_variable(const Environment& environment, const fs::path& folder) {
  const auto own = environment.find("COMPOSE_FILE");
  if (own != environment.end()) return own->second;
  const DiskTree tree(folder.string());
  const Result<std::string> text = tree.read(".env", kEnvBytesMax);
  if (!text) return "";
  compose::Report ignored;  // what is wrong with the file is said when the project is read
  const compose::Variables variables = compose::parse_env_file(*text, ".env", environment, ignored);
  const auto found = variables.find("COMPOSE_FILE");
  return found == variables.end() ? "" : found->second;
}

std::vector<fs::path> split_compose_file(const std::string& value, const fs::path& folder) {
  std::vector<fs::path> paths;
  std::size_t begin = 0;
  while (begin <= value.size()) {
    const std::size_t end = std::min(value.find(':', begin), value.size());
    if (end > begin) paths.push_back(folder / value.substr(begin, end - begin));
    begin = end + 1;
  }
  return paths;
}

// The first compose file upwards from the folder, and its override beside it.
Result<std::vector<fs::path>> find_default_files(const fs::path& start) {
  for (fs::path folder = start;; folder = folder.parent_path()) {
    for (const char* name : kDefaultNames) {
      if (!is_there(folder / name)) continue;
      std::vector<fs::path> files = {folder / name};
      for (const char* override_name : kOverrideNames) {  // the first one, whatever the file that it overrides is called
        if (is_there(folder / override_name)) {
          files.push_back(folder / override_name);
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

Result<std::vector<fs::path>> compose_files(const ProjectOptions& options, const Environment& environment, const fs::path& start) {
  std::vector<fs::path> files(options.files.begin(), options.files.end());
  if (files.empty()) files = split_compose_file(compose_file_variable(environment, start), start);
  if (files.empty()) return find_default_files(start);
  for (fs::path& file : files) {
    std::error_code ignored;
    if (file == "-")
      return Error{ErrorKind::InvalidInput, "reading the compose files: '-', the standard input, is not taken; write it into a file"};
    if (!is_there(file)) return Error{ErrorKind::InvalidInput, "reading the compose files: " + file.string() + " does not exist"};
    if (fs::is_directory(file, ignored)) {
      return Error{ErrorKind::InvalidInput, "reading the compose files: " + file.string() + " is a folder; name the file in it"};
    }
  }
  return files;
}

// The git checkout that holds the folder, else the folder.
fs::path checkout(const fs::path& folder) {
  for (fs::path up = folder;; up = up.parent_path()) {
    if (is_there(up / ".git")) return up;
    if (up == up.root_path()) return folder;
  }
}

bool holds(const fs::path& root, const fs::path& path) {
  const std::string relative = path.lexically_relative(root).generic_string();
  return !relative.empty() && relative != ".." && !relative.starts_with("../");
}

}  // namespace

bool is_override(const fs::path& file) {
  return std::find(std::begin(kOverrideNames), std::end(kOverrideNames), file.filename()) != std::end(kOverrideNames);
}

fs::path root_that_holds(const fs::path& root, const fs::path& path) {
  fs::path up = root;
  while (!holds(up, path) && up != up.root_path()) up = up.parent_path();
  return up;
}

std::string relative_to(const fs::path& root, const fs::path& path) {
  const std::string text = path.lexically_relative(root).generic_string();
  return text == "." ? "" : text;
}

Result<ProjectFiles> find_project_files(const ProjectOptions& options, const Environment& environment) {
  std::error_code error;
  ProjectFiles found;
  found.working_directory = fs::current_path(error);
  if (error) return Error{ErrorKind::InvalidInput, "the folder that farmctl was started in is not there any more"};
  fs::path start = found.working_directory;
  if (!options.project_directory.empty()) {
    start = fs::canonical(options.project_directory, error);
    if (error || !fs::is_directory(start, error)) {
      return Error{ErrorKind::InvalidInput, "--project-directory " + options.project_directory + ": there is no such folder"};
    }
  }
  Result<std::vector<fs::path>> files = compose_files(options, environment, start);
  if (!files) return std::move(files).error();
  for (const fs::path& file : *files) found.files.push_back(settled(file));
  found.folder = options.project_directory.empty() ? found.files.front().parent_path() : start;
  found.root = checkout(found.folder);
  for (const std::string& file : options.env_files) {
    if (!is_there(file)) return Error{ErrorKind::InvalidInput, "--env-file " + file + ": there is no such file"};
    found.env_files.push_back(settled(file));
  }
  for (const fs::path& file : found.files) found.root = root_that_holds(found.root, file);
  for (const fs::path& file : found.env_files) found.root = root_that_holds(found.root, file);
  if (is_there(found.working_directory / ".env")) found.root = root_that_holds(found.root, found.working_directory);
  if (!holds(found.root, found.working_directory)) found.working_directory = found.folder;  // it has nothing to say
  return found;
}

}  // namespace farm::ctl
