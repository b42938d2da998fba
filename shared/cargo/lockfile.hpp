// Purpose: Cargo.lock, versions 1 to 4. Internal. Pure.
#pragma once

#include <string>
#include <string_view>

#include "shared/base/result.hpp"
#include "shared/cargo/workspace.hpp"

namespace farm::cargo_detail {

Result<Lockfile> parse_lockfile(const std::string& path, std::string_view text);

}  // namespace farm::cargo_detail
