#include "shared/base/file_tree.hpp"

#include <algorithm>

namespace farm {

Result<std::string> MemoryTree::read(const std::string& path, std::size_t bytes_max) const {
  const auto found = files_.find(path);
  if (found == files_.end()) {
    if (is_directory(path)) return Error{ErrorKind::InvalidInput, "reading " + path + ": it is a directory"};
    return Error{ErrorKind::NotFound, "reading " + path + ": no such file"};
  }
  if (found->second.size() > bytes_max) {
    return Error{ErrorKind::Overloaded, "reading " + path + ": longer than the limit of " + std::to_string(bytes_max) + " bytes"};
  }
  return found->second;
}

Result<std::vector<TreeEntry>> MemoryTree::list(const std::string& directory) const {
  const std::string prefix = directory.empty() ? "" : directory + "/";
  std::map<std::string, FileType> names;
  for (auto it = files_.lower_bound(prefix); it != files_.end() && it->first.starts_with(prefix); ++it) {
    const std::string rest = it->first.substr(prefix.size());
    const std::size_t slash = rest.find('/');
    names.emplace(rest.substr(0, slash), slash == std::string::npos ? FileType::Regular : FileType::Directory);
  }
  if (names.empty() && !directory.empty()) return Error{ErrorKind::NotFound, "listing " + directory + ": no such directory"};
  std::vector<TreeEntry> entries;
  entries.reserve(names.size());
  for (const auto& [name, type] : names) entries.push_back({name, type});
  return entries;
}

Result<FileType> MemoryTree::type_of(const std::string& path) const {
  if (path.empty()) return FileType::Directory;
  if (files_.contains(path)) return FileType::Regular;
  const auto below = files_.lower_bound(path + "/");
  if (below != files_.end() && below->first.starts_with(path + "/")) return FileType::Directory;
  return Error{ErrorKind::NotFound, path + ": no such file or directory"};
}

Result<std::string> normalise_path(const std::string& base, const std::string& path) {
  const std::string joined = path.starts_with('/') || base.empty() ? path : base + "/" + path;
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= joined.size()) {
    const std::size_t end = std::min(joined.find('/', begin), joined.size());
    const std::string part = joined.substr(begin, end - begin);
    begin = end + 1;
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (parts.empty()) {
      return Error{ErrorKind::InvalidInput, "the path '" + path + "' leaves the project's folder"};
    } else {
      parts.pop_back();
    }
  }
  std::string result;
  for (const std::string& part : parts) {
    if (!result.empty()) result += '/';
    result += part;
  }
  return result;
}

std::string parent_path(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

}  // namespace farm
