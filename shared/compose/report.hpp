// Purpose: internal to shared/compose: collects diagnostics while a project is read, and knows the names of the files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/compose/node.hpp"

namespace farm::compose {

class Report {
 public:
  // The number under which marks of this file are made; the same file has one number.
  std::uint32_t file_index(const std::string& path);

  void error(Mark at, std::string message) { add(Severity::Error, place(at), std::move(message)); }
  void warning(Mark at, std::string message) { add(Severity::Warning, place(at), std::move(message)); }
  void note(Mark at, std::string message) { add(Severity::Note, place(at), std::move(message)); }
  // For problems that no line shows. `file` may be empty.
  void error_in(const std::string& file, std::string message) { add(Severity::Error, Place{file, 0, 0}, std::move(message)); }
  void add(Severity severity, Place place, std::string message);

  [[nodiscard]] Place place(Mark at) const;
  // True once there are so many problems that further ones are dropped: then no work is put into suggestions.
  [[nodiscard]] bool full() const;
  [[nodiscard]] bool failed() const { return errors_ > 0; }
  // Sorted by place; each problem once.
  [[nodiscard]] std::vector<Diagnostic> take();

 private:
  std::vector<std::string> files_;
  std::vector<Diagnostic> diagnostics_;
  std::set<std::string> seen_;
  std::size_t errors_ = 0;
};

}  // namespace farm::compose
