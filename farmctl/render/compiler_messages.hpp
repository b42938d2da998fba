// Purpose: finds what a compiler said in the log of a job: rustc's errors with the place they point at, also where each line has the prefix
// of BuildKit's plain progress ("#12 3.456 "). Pure. Limits: 200 findings, 1,000 bytes of a message; longer lines are cut.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "shared/model/job.hpp"

namespace farm::ctl {

inline constexpr std::size_t kFindingsMax = 200;

struct Finding {
  std::string code;     // "E0425"; empty where there is none
  std::string message;  // one line
  std::string file;     // as the compiler wrote it; after locate() relative to the repository; empty: none
  int line = 0;         // from 1; 0 where there is no file
  int column = 0;
  std::string job;  // whose log it stood in
  bool warning = false;
  friend bool operator==(const Finding&, const Finding&) = default;
};

// In the order of the log, each once. `job` is put into each.
std::vector<Finding> find_compiler_errors(std::string_view log, const std::string& job);

// Errors and warnings of the plan (a compose file, a Dockerfile) as findings.
std::vector<Finding> findings_of(const std::vector<Diagnostic>& diagnostics);

// The same from the text of an error that lists diagnostics, "file:line: error: message" each on a line.
std::vector<Finding> findings_in(std::string_view text);

// Where the compiler's paths are in the repository. It names files as they lie in the container: relative to the workspace, which may be
// any folder of the context, or absolute.
class SourceFiles {
 public:
  // `paths`: relative to the repository.
  explicit SourceFiles(const std::vector<std::string>& paths);
  // Empty where no file, or more than one, could be meant.
  [[nodiscard]] std::string locate(std::string_view path) const;

 private:
  [[nodiscard]] std::string ending_with(std::string_view path) const;
  // By the last part of their paths.
  std::multimap<std::string, std::string, std::less<>> by_name_;
};

// The findings with their files located; those in no file of the repository keep their message, with the place in it.
std::vector<Finding> located(std::vector<Finding> findings, const SourceFiles& files);

}  // namespace farm::ctl
