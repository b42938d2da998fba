// `include` of loader.hpp: other projects' files, with a folder and variables of their own.
#include <utility>

#include "shared/base/limits.hpp"
#include "shared/compose/keys.hpp"
#include "shared/compose/loader.hpp"
#include "shared/compose/merge.hpp"
#include "shared/compose/yaml_scalar.hpp"

namespace farm::compose {
namespace {

// A string or a list of strings; empty where it is neither.
std::vector<const Node*> strings_of(const Node* value) {
  std::vector<const Node*> strings;
  if (value == nullptr) return strings;
  if (value->is_scalar()) strings.push_back(value);
  for (const Node& item : value->items) {
    if (item.is_scalar()) strings.push_back(&item);
  }
  return strings;
}

}  // namespace

void Loader::include_all(const Node& document, const Scope& scope, Model& model) {
  const Node* includes = document.find("include");
  if (includes == nullptr || includes->is_null()) return;
  if (!includes->is_sequence()) {
    report_.error(includes->at, "\"include\" must be a list, not " + std::string(to_string(includes->kind)));
    return;
  }
  for (const Node& entry : includes->items) include_one(entry, scope, model);
}

void Loader::include_one(const Node& entry, const Scope& scope, Model& model) {
  if (entry.is_map()) check_keys(entry, {"path", "project_directory", "env_file"}, "include", report_);
  const std::vector<std::string> files = include_paths(entry, scope);
  if (files.empty()) return;
  const Scope inner = include_scope(entry, files.front(), scope);
  Model included = load(files, inner, entry.at);
  finish_included(included, inner);
  import(model.services, std::move(included.services), "service");
  import(model.secrets, std::move(included.secrets), "secret");
  if (model.services.fields.size() > limits::kServicesMax) {
    report_.error(entry.at, "the project has more than the limit of " + std::to_string(limits::kServicesMax) + " services");
    model.services.fields.clear();
  }
}

std::vector<std::string> Loader::include_paths(const Node& entry, const Scope& scope) {
  std::vector<std::string> files;
  const std::vector<const Node*> paths = strings_of(entry.is_map() ? entry.find("path") : &entry);
  if (paths.empty()) report_.error(entry.at, "an entry of \"include\" must be a path or {path: …, project_directory: …, env_file: …}");
  for (const Node* path : paths) {
    if (path->text.find("://") != std::string::npos || path->text.starts_with("oci:")) {
      report_.error(path->at, "farm can't include \"" + path->text + "\" from a registry or a URL: copy the file into the project");
      return {};
    }
    std::optional<std::string> file = inside(scope.directory, *path);
    if (!file) return {};
    files.push_back(std::move(*file));
  }
  return files;
}

Scope Loader::include_scope(const Node& entry, const std::string& first_file, const Scope& scope) {
  Scope inner{parent_path(first_file), scope.variables};
  const Node* directory = entry.find("project_directory");
  if (directory != nullptr && directory->is_scalar()) inner.directory = inside(scope.directory, *directory).value_or(inner.directory);
  std::vector<std::string> env_paths;
  for (const Node* file : strings_of(entry.find("env_file"))) {
    if (std::optional<std::string> path = inside(scope.directory, *file)) env_paths.push_back(std::move(*path));
  }
  // All of them lose to what the including project has.
  inner.variables.merge(env_files(env_paths, scope.variables, entry.at));
  if (entry.find("env_file") == nullptr) {
    const std::string path = inner.directory.empty() ? ".env" : inner.directory + "/.env";
    if (std::optional<Variables> own = env_file(path, scope.variables, false, entry.at)) inner.variables.merge(std::move(*own));
  }
  return inner;
}

// From here on the including project's folder and variables mean nothing to these services.
void Loader::finish_included(Model& model, const Scope& scope) {
  settle(model.services);
  settle(model.secrets);
  for (auto& [name, service] : model.services.fields) {
    Node* build = service.find("build");
    if (build != nullptr && build->is_map() && build->find("context") == nullptr) {
      build->fields["context"] = make_scalar(".", build->at);
    }
    resolve_service_paths(service, scope.directory, paths_, report_);
  }
  for (auto& [name, secret] : model.secrets.fields) resolve_secret_paths(secret, scope.directory, paths_, report_);
}

void Loader::import(Node& into, Node from, const std::string& kind) {
  for (auto& [name, value] : from.fields) {
    const Node* known = into.find(name);
    if (known == nullptr) {
      into.fields[name] = std::move(value);
    } else if (!same_value(*known, value)) {
      report_.error(known->key_at, "the " + kind + " \"" + name + "\" is also in an included file (" +
                                       to_string(report_.place(value.key_at)) + "): rename one, or change it in an override file");
    }
  }
}

void resolve_service_paths(Node& service, const std::string& base, const Paths& paths, Report& report) {
  Node* build = service.find("build");
  if (build == nullptr || !build->is_map()) return;
  const auto resolve = [&](Node& node) {
    if (node.resolved || !node.is_scalar() || is_remote_context(node.text)) return;
    Result<TreePath> path = paths.resolve(base, node.text);
    if (!path) return report.error(node.at, path.error().message);
    node.text = std::move(path->path);
    node.resolved = true;
  };
  if (Node* context = build->find("context")) resolve(*context);
  if (Node* contexts = build->find("additional_contexts")) {
    for (auto& [name, context] : contexts->fields) resolve(context);
  }
}

void resolve_secret_paths(Node& secret, const std::string& base, const Paths& paths, Report& report) {
  Node* file = secret.find("file");
  if (file == nullptr || !file->is_scalar() || file->resolved) return;
  Result<TreePath> path = paths.resolve(base, file->text);
  if (!path) return report.error(file->at, path.error().message);
  file->text = std::move(path->path);
  file->resolved = true;
}

}  // namespace farm::compose
