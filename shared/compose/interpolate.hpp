// Purpose: internal to shared/compose: variables in values: $VAR, ${VAR}, ${VAR:-x}, ${VAR-x}, ${VAR:?m}, ${VAR?m}, ${VAR:+x}, ${VAR+x},
// nested, $$.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/compose/node.hpp"
#include "shared/compose/report.hpp"

namespace farm::compose {

using Variables = std::map<std::string, std::string>;
// Null where the variable is not set.
using Lookup = std::function<const std::string*(const std::string&)>;

struct Interpolated {
  std::string text;
  std::vector<std::string> unset;  // variables without value and default, in order; they became ""
};

// Error InvalidInput: malformed, or a required variable is missing. Overloaded: a limit of read_compose.hpp is met.
Result<Interpolated> interpolate(const std::string& text, const Lookup& lookup);

// Does it to every scalar below the node (not to keys). `bytes_left` is what the project's values may still grow by; at 0 it is an error.
void interpolate_tree(Node& node, const Variables& variables, std::size_t& bytes_left, Report& report);

}  // namespace farm::compose
