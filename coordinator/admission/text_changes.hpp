// Purpose: which lines of a text changed, for people. Pure, linear in the texts but for a bounded part in their middle.
#pragma once

#include <string_view>
#include <vector>

#include "shared/model/explanation.hpp"

namespace farm::admission {

// At most `count_max`, in order. A line that took another's place is one change. Long lines are cut to 300 bytes.
std::vector<LineChange> text_changes(std::string_view before, std::string_view after, std::size_t count_max = kLineChangesMax);

}  // namespace farm::admission
