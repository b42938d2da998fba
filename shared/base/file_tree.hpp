// Purpose: the one way in which pure code reads a project: a tree of files that may be on disk (shared/snapshot) or in memory (tests).
// Paths are relative to the tree's root, with '/', normalised, without "..". The root itself is "".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "shared/base/result.hpp"

namespace farm {

enum class FileType { Regular, Directory, Symlink, Other };

struct TreeEntry {
  std::string name;  // one path segment
  FileType type = FileType::Regular;
  friend bool operator==(const TreeEntry&, const TreeEntry&) = default;
};

class FileTree {
 public:
  virtual ~FileTree() = default;
  // The file's bytes. NotFound, InvalidInput (a directory), Overloaded (longer than bytes_max).
  [[nodiscard]] virtual Result<std::string> read(const std::string& path, std::size_t bytes_max) const = 0;
  // Sorted by name. NotFound where there is no such directory.
  [[nodiscard]] virtual Result<std::vector<TreeEntry>> list(const std::string& directory) const = 0;
  // NotFound where nothing is there. Follows symlinks inside the tree.
  [[nodiscard]] virtual Result<FileType> type_of(const std::string& path) const = 0;

  [[nodiscard]] bool is_file(const std::string& path) const {
    const Result<FileType> type = type_of(path);
    return type && *type == FileType::Regular;
  }
  [[nodiscard]] bool is_directory(const std::string& path) const {
    const Result<FileType> type = type_of(path);
    return type && *type == FileType::Directory;
  }
};

// A tree in memory: directories are implied by the files' paths.
class MemoryTree final : public FileTree {
 public:
  MemoryTree() = default;
  explicit MemoryTree(std::map<std::string, std::string> files) : files_(std::move(files)) {}
  MemoryTree& add(std::string path, std::string bytes) {
    files_[std::move(path)] = std::move(bytes);
    return *this;
  }
  void remove(const std::string& path) { files_.erase(path); }
  [[nodiscard]] const std::map<std::string, std::string>& files() const { return files_; }

  [[nodiscard]] Result<std::string> read(const std::string& path, std::size_t bytes_max) const override;
  [[nodiscard]] Result<std::vector<TreeEntry>> list(const std::string& directory) const override;
  [[nodiscard]] Result<FileType> type_of(const std::string& path) const override;

 private:
  std::map<std::string, std::string> files_;
};

// Joins and normalises ("a/./b/../c" → "a/c"). An empty optional where ".." leaves the root.
Result<std::string> normalise_path(const std::string& base, const std::string& path);
// "a/b" of "a/b/c"; "" at the top.
std::string parent_path(const std::string& path);

}  // namespace farm
