// Purpose: from what the coordinator tells about a job (Explanation) to reasons for people: which file, manifest field, lock entry, line of
// the Dockerfile or base image made it run. Pure; what this machine remembers about slices is asked through a function.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/digest.hpp"
#include "shared/model/explanation.hpp"

namespace farm::history {

// Path → digest of its content and mode.
using FileDigests = std::map<std::string, Digest>;
// The files of a slice; nothing where this machine does not remember it.
using SliceLookup = std::function<std::optional<FileDigests>(const Digest& slice)>;

enum class ReasonKind {
  File,        // of the context
  Slice,       // a part of the context, where its files are not remembered
  Lock,        // an entry of Cargo.lock
  Dependency,  // what a manifest asks for: requirement or features
  Manifest,    // another field: a profile, a patch, the resolver
  Config,      // cargo's configuration, the toolchain file, the environment
  Dockerfile,  // a line of it
  BaseImage,   // a tag that means another digest
  Argument,    // build args, target, platform, labels, secrets
  Upstream,    // a job below it
  Other
};
std::string_view to_string(ReasonKind kind);

struct Reason {
  ReasonKind kind = ReasonKind::Other;
  std::string subject;  // "rust_core/src/lib.rs", "serde", "deps"
  std::string before;   // empty: new, or of no use to people
  std::string after;    // empty: gone
  std::string text;     // all of it in one line
  friend bool operator==(const Reason&, const Reason&) = default;
};

inline constexpr std::size_t kFilesPerSliceMax = 25;
inline constexpr std::size_t kReasonsMax = 100;  // the last one then says how many more there are

// The most telling first. Empty where nothing differs, or nothing is known (first build, no-cache, result lost: the job's own reason says
// so).
std::vector<Reason> reasons_of(const Explanation& told, const SliceLookup& files);

// What two states of a slice's files differ in.
struct FileChanges {
  std::vector<std::string> changed;
  std::vector<std::string> added;
  std::vector<std::string> removed;
};
FileChanges compare_files(const FileDigests& before, const FileDigests& after);

}  // namespace farm::history
