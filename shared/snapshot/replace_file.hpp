// Purpose: writing a cache file so that readers see the old or the new one, never a half. Used in this folder only.
#pragma once

#include <string>
#include <string_view>

#include "shared/base/result.hpp"

namespace farm::snapshot {

// Makes its folder. Only its owner can read it.
Result<void> replace_file(const std::string& file, std::string_view bytes);

}  // namespace farm::snapshot
