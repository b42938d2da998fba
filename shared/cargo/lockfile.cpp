#include "shared/cargo/lockfile.hpp"

#include "shared/cargo/toml_value.hpp"

namespace farm::cargo_detail {
namespace {

// "name", "name version" or "name version (source)".
struct LockReference {
  std::string name;
  std::string version;
  std::string source;
};

LockReference split_reference(const std::string& text) {
  LockReference reference;
  const std::size_t first = text.find(' ');
  reference.name = text.substr(0, first);
  if (first == std::string::npos) return reference;
  const std::size_t second = text.find(' ', first + 1);
  reference.version = text.substr(first + 1, second == std::string::npos ? second : second - first - 1);
  if (second == std::string::npos) return reference;
  reference.source = text.substr(second + 1);
  if (reference.source.starts_with('(') && reference.source.ends_with(')'))
    reference.source = reference.source.substr(1, reference.source.size() - 2);
  return reference;
}

}  // namespace

Result<Lockfile> parse_lockfile(const std::string& path, std::string_view text) {
  Result<TomlValue> document = parse_toml(path, text);
  if (!document) return document.error();
  Lockfile lockfile;
  lockfile.path = path;
  if (const TomlValue* version = document->find("version")) lockfile.version = version->text == "4" ? 4 : version->text == "3" ? 3 : 2;
  std::vector<const TomlValue*> tables;
  if (const TomlValue* root = document->find("root"); root != nullptr && root->is_table()) tables.push_back(root);
  if (const TomlValue* list = document->find("package"); list != nullptr && list->is_array()) {
    for (const TomlValue& item : list->array) {
      if (item.is_table()) tables.push_back(&item);
    }
  }
  const TomlValue* metadata = document->find("metadata");
  std::multimap<std::string, std::size_t> by_name;
  for (const TomlValue* table : tables) {
    LockPackage package{table->string("name"), table->string("version"), table->string("source"), table->string("checksum"), {}};
    if (package.name.empty() || package.version.empty()) {
      return Error{ErrorKind::InvalidInput, to_string(Place{path, table->line, 0}) + ": a [[package]] without name or version"};
    }
    if (package.checksum.empty() && metadata != nullptr) {
      package.checksum = metadata->string("checksum " + package.name + " " + package.version + " (" + package.source + ")");
    }
    by_name.emplace(package.name, lockfile.packages.size());
    lockfile.packages.push_back(std::move(package));
  }
  for (std::size_t i = 0; i < tables.size(); ++i) {
    for (const std::string& line : tables[i]->strings("dependencies")) {
      const LockReference reference = split_reference(line);
      const auto [begin, end] = by_name.equal_range(reference.name);
      for (auto it = begin; it != end; ++it) {
        const LockPackage& other = lockfile.packages[it->second];
        if (!reference.version.empty() && reference.version != other.version) continue;
        // Version 1 writes the source as "registry+URL", later ones leave it out where it is clear.
        if (!reference.source.empty() && !other.source.empty() && reference.source != other.source) continue;
        lockfile.packages[i].dependencies.push_back(it->second);
      }
    }
  }
  return lockfile;
}

}  // namespace farm::cargo_detail
