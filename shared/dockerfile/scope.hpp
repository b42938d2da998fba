// Purpose: what a stage's instructions see: ARG, ENV and WORKDIR while walking through it. Internal to shared/dockerfile. Pure.
#pragma once

#include <map>
#include <set>
#include <string>

#include "shared/base/result.hpp"
#include "shared/dockerfile/resolve.hpp"

namespace farm::dockerfile_detail {

// TARGETPLATFORM and its kind. They are seen by FROM lines, and by a stage that declares them.
std::map<std::string, std::string> platform_args(const ResolveOptions& options);

// HTTP_PROXY and its kind: a RUN sees them without a declaration, and BuildKit doesn't call them unused.
bool is_predefined_arg(std::string_view name);

// ARG, ENV and LABEL values, and the variables that expansion sees.
std::map<std::string, std::string> variables_of(const InstructionScope& scope);

// The names that `text` mentions as $NAME or ${NAME…}.
std::set<std::string> mentioned_names(std::string_view text);

// Carries out one ARG, ENV or WORKDIR on `scope`. `used` gets the names that its text expands.
Result<void> apply_instruction(const Dockerfile& dockerfile, const Instruction& instruction,
                               const std::map<std::string, std::string>& globals, const std::map<std::string, std::string>& build_args,
                               InstructionScope& scope, std::set<std::string>& used);

// "a" under "/x" is "/x/a"; "/a/../b" is "/b".
std::string absolute_path(const std::string& directory, const std::string& path);

}  // namespace farm::dockerfile_detail
