// Purpose: internal to shared/compose: YAML text → nodes. The only file of the folder that sees yaml-cpp is yaml_load.cpp.
// Resolves aliases (by copy, within limits) and merge keys `<<`; a duplicate key is an error. Accepts several documents in one text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shared/compose/node.hpp"
#include "shared/compose/report.hpp"

namespace farm::compose {

// The documents of the text, in order. Problems go to the report; then the answer is empty.
// Limits: limits::kComposeDepthMax, limits::kComposeNodesMax, and 64 MiB of text after aliases are expanded.
std::vector<Node> load_yaml(const std::string& text, std::uint32_t file, Report& report);

}  // namespace farm::compose
