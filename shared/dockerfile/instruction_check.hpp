// Purpose: what BuildKit refuses about one instruction by itself. Internal. Pure.
#pragma once

#include <optional>
#include <string>

#include "shared/dockerfile/dockerfile.hpp"

namespace farm::dockerfile_detail {

// What is wrong, in words, or none.
std::optional<std::string> check_instruction(const Instruction& instruction);

}  // namespace farm::dockerfile_detail
