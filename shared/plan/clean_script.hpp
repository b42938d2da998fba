// Purpose: the shell script that takes local crates' artefacts and sources out of a layer that the farm keeps, so that no stub of
// `cargo chef cook` survives (facts.md section 3: a stub's fingerprint can make cargo ship an empty program). Internal to shared/plan.
#pragma once

#include <string>
#include <vector>

namespace farm::plan {

struct CleanRequest {
  std::string target_directory;             // absolute: "/app/target"
  std::vector<std::string> packages;        // package names whose artefacts go
  std::vector<std::string> artifacts;       // target names (binaries, libraries, examples): with '-' as in Cargo.toml
  std::string source_directory;             // absolute: where the workspace's files were copied to
  std::vector<std::string> source_entries;  // first path segments of what was copied there; they go too
};

// POSIX sh, one line. Cargo names artefacts NAME-<16 hex digits>; only exactly that form is removed, so that `foo` doesn't take `foo-bar`
// along.
std::string clean_script(const CleanRequest& request);

// A RUN in JSON form, which does not depend on the Dockerfile's SHELL.
std::string run_line(const std::string& script);

// 'text' for a POSIX shell.
std::string shell_quote(const std::string& text);

}  // namespace farm::plan
