#include "shared/compose/paths.hpp"

#include <utility>

#include "shared/base/file_tree.hpp"

namespace farm::compose {

Paths::Paths(std::string root_directory, std::string home) : root_(std::move(root_directory)), home_(std::move(home)) {
  while (root_.size() > 1 && root_.ends_with('/')) root_.pop_back();
}

Result<TreePath> Paths::resolve(const std::string& base, const std::string& text) const {
  std::string path = text;
  if ((path == "~" || path.starts_with("~/")) && !home_.empty()) path = home_ + path.substr(1);
  if (!path.starts_with('/')) {
    const Result<std::string> inside = normalise_path(base, path);
    if (inside) return TreePath{true, *inside};
    if (root_.empty()) return inside.error();
    path = root_ + "/" + base + "/" + path;
  } else if (root_.empty()) {
    return Error{ErrorKind::InvalidInput, "the path '" + text + "' is absolute: write it relative to the project's folder"};
  }
  const Result<std::string> whole = normalise_path("", path);  // without the leading '/'
  if (!whole) return Error{ErrorKind::InvalidInput, "the path '" + text + "' leaves the file system's root"};
  const std::string root = root_.substr(1);
  if (root.empty() || *whole == root) return TreePath{true, root.empty() ? *whole : ""};
  if (whole->starts_with(root + "/")) return TreePath{true, whole->substr(root.size() + 1)};
  return TreePath{false, "/" + *whole};
}

Result<std::string> Paths::inside(const std::string& base, const std::string& text) const {
  Result<TreePath> resolved = resolve(base, text);
  if (!resolved) return resolved.error();
  if (!resolved->inside) {
    outside_.insert(resolved->path);
    return Error{ErrorKind::InvalidInput,
                 "the path '" + text + "' is outside the project's folder; run farm from a folder that holds both"};
  }
  return std::move(resolved->path);
}

bool is_remote_context(const std::string& text) {
  return text.find("://") != std::string::npos || text.starts_with("git@") || text.starts_with("github.com/") ||
         text.starts_with("service:");
}

}  // namespace farm::compose
