// Purpose: internal to shared/compose: paths as compose files write them (relative, absolute, ~) → paths in the tree.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/compose/interpolate.hpp"

namespace farm::compose {

struct TreePath {
  bool inside = true;
  std::string path;  // relative to the tree's root, normalised; absolute where it is outside
};

class Paths {
 public:
  // `root_directory`: absolute path of the tree's root, or "". `home`: what "~" stands for, or "".
  Paths(std::string root_directory, std::string home);

  // `base` is a folder of the tree. Error: the path leaves a tree that has no known place on the host.
  [[nodiscard]] Result<TreePath> resolve(const std::string& base, const std::string& text) const;
  // As resolve, but outside is an error too, and remembered.
  [[nodiscard]] Result<std::string> inside(const std::string& base, const std::string& text) const;

  // What `inside` found to lie outside so far: absolute paths, sorted.
  [[nodiscard]] std::vector<std::string> outside() const { return {outside_.begin(), outside_.end()}; }

 private:
  std::string root_;
  std::string home_;
  mutable std::set<std::string> outside_;  // asking for a path stays const for the readers that share this
};

// A build context or additional context that is no path: a URL, git@host:…, github.com/…, service:…
bool is_remote_context(const std::string& text);

}  // namespace farm::compose
