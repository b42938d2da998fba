// Purpose: what `farmctl init` did, for people and for programs. Pure.
#pragma once

#include <string>
#include <vector>

#include "farmctl/scaffold/scaffold.hpp"

namespace farm::scaffold {

enum class FileState {
  Written,
  Unchanged,  // it already is what init would write
  Kept,       // it differs, and stays as it is
  Missing,    // it would be written (--dry-run)
  Differs,    // it would be shown as different (--dry-run)
};
std::string_view to_string(FileState state);

struct FileReport {
  std::string path;  // as the user sees it from where they stand
  FileState state = FileState::Unchanged;
  std::string diff;  // unified; "" where nothing differs
};

struct InitReport {
  Scaffold scaffold;
  std::vector<FileReport> files;
  std::vector<Diagnostic> diagnostics;
};

// Every file is what init would write.
bool is_done(const InitReport& report);

// Diffs of what differs, a line per file, what each service became, and what to do next.
std::string init_text(const InitReport& report);
std::string init_json(const InitReport& report);  // farm.init.v1

}  // namespace farm::scaffold
