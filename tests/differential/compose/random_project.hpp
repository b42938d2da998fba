// Purpose: a random compose project for the differential test: one to three files that merge, extend, include and interpolate.
#pragma once

#include <cstdint>

#include "tests/differential/compose/case_file.hpp"

namespace farm::testing {

// The same project for the same seed, on every platform.
ComposeCase random_project(std::uint64_t seed);

}  // namespace farm::testing
