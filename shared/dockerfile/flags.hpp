// Purpose: which flags an instruction may have, and their form. Internal. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/dockerfile/dockerfile.hpp"

namespace farm::dockerfile_detail {

// Reads "--name=value" words into `instruction.flags`. Returns what is wrong, in words, or none.
std::optional<std::string> read_flags(const std::vector<std::string>& words, Instruction& instruction);

// The fields of a --mount value: "type=cache,target=/x" → {type, cache}, {target, /x}. A field without "=" has an empty value.
std::vector<InstructionFlag> mount_fields(std::string_view value);

bool is_instruction(std::string_view keyword);

}  // namespace farm::dockerfile_detail
