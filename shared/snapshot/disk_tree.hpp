// Purpose: a project on disk as a FileTree.
// Symlinks are followed as long as they end inside the root (by realpath); one that leaves it answers Denied, so that a
// project can't make farm read files of the machine. Names are bytes; nothing is assumed about their encoding. Not for
// untrusted writers at the same time: the check and the read are two steps.
#pragma once

#include <string>
#include <vector>

#include "shared/base/file_tree.hpp"

namespace farm {

class DiskTree final : public FileTree {
 public:
  // `root` must exist; where it does not, every call answers NotFound.
  explicit DiskTree(const std::string& root);

  [[nodiscard]] const std::string& root() const { return root_; }  // absolute, without symlinks
  [[nodiscard]] Result<std::string> read(const std::string& path, std::size_t bytes_max) const override;
  // At most 1,000,000 entries: more answers Overloaded.
  [[nodiscard]] Result<std::vector<TreeEntry>> list(const std::string& directory) const override;
  [[nodiscard]] Result<FileType> type_of(const std::string& path) const override;

 private:
  [[nodiscard]] Result<std::string> resolve(const std::string& path) const;
  std::string root_;
};

}  // namespace farm
