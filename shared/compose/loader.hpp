// Purpose: internal to shared/compose: reads files, and makes one model of them: variables put in, `extends` and `include` followed, files
// merged.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/file_tree.hpp"
#include "shared/compose/interpolate.hpp"
#include "shared/compose/node.hpp"
#include "shared/compose/paths.hpp"
#include "shared/compose/report.hpp"

namespace farm::compose {

// Services and secrets in canonical form (canonical.hpp), by name.
struct Model {
  Node services = make_map({});
  Node secrets = make_map({});
};

// A project as `include` sees it: its folder and its variables.
struct Scope {
  std::string directory;  // in the tree
  Variables variables;
};

// Bounds what a project may cost in all, so that files that name each other can't multiply.
class Budget {
 public:
  // False once the project's limit of values or bytes is passed.
  bool charge(const Weight& weight);
  bool charge_file(std::size_t bytes);  // once for reading it, and once for each time it is loaded

 private:
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
  std::size_t files_ = 0;
  std::size_t file_bytes_ = 0;
};

class Loader {
 public:
  Loader(const FileTree& tree, const Paths& paths, Report& report) : tree_(tree), paths_(paths), report_(report) {}

  // The file's documents as written; empty after an error. Read and parsed once. `from` is where it is named.
  const std::vector<Node>& documents(const std::string& path, Mark from);

  // The files merged. Paths stay relative to the scope's folder unless marked resolved.
  Model load(const std::vector<std::string>& files, const Scope& scope, Mark from);

  // The variables of one .env file; `known` is what its values may use. Nothing where it can't be read (an error if `required`).
  std::optional<Variables> env_file(const std::string& path, const Variables& known, bool required, Mark from);
  // The variables of several: a later file wins over an earlier one, and may use it.
  Variables env_files(const std::vector<std::string>& paths, const Variables& environment, Mark from);

  [[nodiscard]] const std::vector<std::string>& files_read() const { return files_read_; }

 private:
  friend class ServiceSource;

  std::optional<std::string> read(const std::string& path, std::size_t bytes_max, bool required, Mark from);
  void too_many_files(const std::string& path, Mark from);
  void load_document(Node document, const std::string& path, const Scope& scope, Model& model);
  bool check_document(const Node& document);
  void include_all(const Node& document, const Scope& scope, Model& model);
  void include_one(const Node& entry, const Scope& scope, Model& model);
  std::vector<std::string> include_paths(const Node& entry, const Scope& scope);
  Scope include_scope(const Node& entry, const std::string& first_file, const Scope& scope);
  void import(Node& into, Node from, const std::string& kind);
  std::optional<std::string> inside(const std::string& base, const Node& path);
  void finish_included(Model& model, const Scope& scope);

  const FileTree& tree_;
  const Paths& paths_;
  Report& report_;
  Budget budget_;
  std::size_t growth_left_ = 64U << 20U;  // bytes that variables may add in all
  std::map<std::string, std::vector<Node>> documents_;
  std::vector<std::string> files_read_;
  std::vector<std::string> chain_;  // files being loaded, outermost first
};

// Makes the paths of a canonical service (build context, additional contexts) relative to the tree's root, seen from `base`.
void resolve_service_paths(Node& service, const std::string& base, const Paths& paths, Report& report);
void resolve_secret_paths(Node& secret, const std::string& base, const Paths& paths, Report& report);

}  // namespace farm::compose
