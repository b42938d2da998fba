#include "farmctl/client/read_compose_project.hpp"

#include <unistd.h>

#include "shared/compose/read_compose.hpp"

namespace farm::ctl {
namespace {

namespace fs = std::filesystem;

Parsed<ComposeProject> read_in_root(ReadCompose& read, const ProjectOptions& options,
                                    const std::map<std::string, std::string>& environment) {
  const ProjectFiles& files = read.files;
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
  read.tree = std::make_unique<DiskTree>(request.root_directory);
  return read_compose(*read.tree, request);
}

}  // namespace

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

Result<ReadCompose> read_compose_project(const ProjectOptions& options) {
  Result<ProjectFiles> files = find_project_files(options, whole_environment());
  if (!files) return std::move(files).error();
  return read_compose_project(options, *std::move(files));
}

Result<ReadCompose> read_compose_project(const ProjectOptions& options, ProjectFiles files) {
  ReadCompose read;
  read.files = std::move(files);
  const std::map<std::string, std::string> environment = whole_environment();
  Parsed<ComposeProject> compose = read_in_root(read, options, environment);
  // What the files name outside (`context: ..`) is found only by reading them. The root rises at each turn, so this ends.
  while (!compose.ok() && !compose.value.outside.empty()) {
    const fs::path before = read.files.root;
    for (const std::string& path : compose.value.outside) read.files.root = root_that_holds(read.files.root, path);
    if (read.files.root == before) break;
    compose = read_in_root(read, options, environment);
  }
  if (!compose.ok()) return joined(compose.diagnostics);
  read.diagnostics = std::move(compose.diagnostics);
  read.compose = std::move(compose.value);
  return read;
}

}  // namespace farm::ctl
