// Purpose: "did you mean". Pure.
#pragma once

#include <string>
#include <vector>

namespace farm::config {

// The name among `names` that `text` was probably meant to be; empty: none is near.
std::string nearest_name(const std::string& text, const std::vector<std::string>& names);

}  // namespace farm::config
