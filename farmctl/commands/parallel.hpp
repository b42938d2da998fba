// Purpose: the option --parallel, which is read apart because no option parser takes "alone or with =N, never the next word". Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shared/base/result.hpp"

namespace farm::ctl {

// `--parallel` alone lifts the limit (0), `--parallel=N` sets it, neither is one job at a time. It never takes the next word, so that
// `--parallel all` means: no limit, all services; a number as the next word is refused, because it is meant as N. `rest` gets the other
// arguments in order. Error: InvalidInput.
Result<std::uint32_t> parse_parallel(const std::vector<std::string>& arguments, std::vector<std::string>& rest);

}  // namespace farm::ctl
