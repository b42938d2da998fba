// Purpose: which stages of a Dockerfile a target needs, with ARG and ENV expanded as BuildKit does it, and where each ARG is used. Pure.
// Errors: InvalidInput (unknown target, cycle, a stage after its use, a bad ${…} form, an empty base name), each with file:line.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/dockerfile/dockerfile.hpp"

namespace farm {

struct ResolveOptions {
  std::map<std::string, std::string> build_args{};
  std::string target{};                    // stage name or number; "" is the last stage
  std::string platform = "linux/amd64";    // TARGETPLATFORM
  std::string build_platform{};            // BUILDPLATFORM; "" means `platform`
  std::set<std::string> named_contexts{};  // names of --build-context: they win over stages and images of the same name
};

struct StageBase {
  enum class Kind { Stage, Image, Scratch, Context };
  Kind kind = Kind::Image;
  std::size_t stage = 0;  // Kind::Stage: index into Dockerfile::stages
  std::string name;       // Image: the reference, expanded, as written ("debian:bookworm"); Context: its name
  std::string platform;   // expanded; "" means the target platform
};

// Something that a stage reads besides its base: `COPY --from=`, `ADD --from=`, `RUN --mount=…,from=`.
struct StageSource {
  StageBase::Kind kind = StageBase::Kind::Stage;
  std::size_t stage = 0;
  std::string name;
  std::size_t instruction = 0;  // index into Stage::instructions
  bool mount = false;           // a RUN --mount
};

// What an instruction sees when it runs.
struct InstructionScope {
  std::string workdir;                             // absolute
  std::map<std::string, std::string> environment;  // ENV, also inherited from stages below (not from images)
  std::map<std::string, std::string> args;         // ARGs declared before it in its stage, with values; not those hidden by an ENV
  std::vector<std::string> words;                  // COPY, ADD, WORKDIR, …: Instruction::words expanded, quotes removed. RUN: as written
};

struct ResolvedStage {
  std::size_t index = 0;  // into Dockerfile::stages
  StageBase base;
  std::vector<StageSource> sources;
  std::vector<InstructionScope> scopes;  // one per Stage::instructions
  InstructionScope end;                  // after the last instruction (`words` empty)
};

// One use of an ARG: an expansion, or a RUN in whose scope it is (RUN sees it as a variable: `in_text` says whether its text names it).
struct ArgUse {
  std::size_t stage = 0;
  std::size_t instruction = 0;  // kFromInstruction for the FROM line
  int line = 0;
  bool in_text = true;
};
constexpr std::size_t kFromInstruction = static_cast<std::size_t>(-1);

struct ResolvedStages {
  std::size_t target = 0;                               // index into Dockerfile::stages
  std::vector<ResolvedStage> stages;                    // those the target needs, in the order of the file
  std::map<std::string, std::vector<ArgUse>> arg_uses;  // by ARG name, in the order of the file; RUNs in whose scope it is are uses too
  std::vector<std::string> unused_build_args;           // given, but declared nowhere (BuildKit only warns)

  // nullptr where the target doesn't need the stage.
  [[nodiscard]] const ResolvedStage* find(std::size_t stage_index) const;
};

Result<ResolvedStages> resolve_stages(const Dockerfile& dockerfile, const ResolveOptions& options);

// Expands $x, ${x}, ${x:-y}, ${x:+y}, ${x-y}, ${x+y}, ${x:?m}, ${x?m}, ${x#p}, ${x##p}, ${x%p}, ${x%%p}, ${x/p/r}, ${x//p/r} and removes
// quotes, as BuildKit does. `used` (may be null) gets the names that were looked at. Error: InvalidInput.
Result<std::string> expand_dockerfile_word(std::string_view word, char escape, const std::map<std::string, std::string>& variables,
                                           std::set<std::string>* used);

}  // namespace farm
