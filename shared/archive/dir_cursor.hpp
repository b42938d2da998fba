// Purpose: reaching files below a directory without ever following a symlink, and without opening every parent again:
// files come in order of their paths, so the parents of one are mostly those of the last. Used by pack.cpp and
// unpack.cpp only.
#pragma once

#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/snapshot/posix.hpp"

namespace farm::archive {

class DirCursor {
 public:
  enum class Missing { Fail, Create };
  DirCursor(Fd root, Missing missing) : root_(std::move(root)), missing_(missing) {}

  // The open directory that holds `path` (checked by check_slice_path before); valid until the next call. A part that
  // is a symlink or a file: InvalidInput or NotFound.
  Result<int> parent_of(const std::string& path);
  // The open directory `path` itself; "" is the root.
  Result<int> directory(const std::string& path);

 private:
  struct Level {
    std::string name;
    Fd fd;
  };
  Result<int> enter(int parent, const std::string& name, const std::string& whole);

  Fd root_;
  Missing missing_;
  std::vector<Level> levels_;
};

std::string last_part(const std::string& path);

}  // namespace farm::archive
