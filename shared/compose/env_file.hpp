// Purpose: internal to shared/compose: the .env format as compose reads it.
// KEY=value, KEY: value, `export KEY=value`, and KEY alone (taken from the environment, if it is there). Values: bare (ends at " #"),
// 'literal' and "with escapes", both over several lines. Bare and double-quoted values have variables put in: from the environment, then
// from the lines above.
#pragma once

#include <string>

#include "shared/compose/interpolate.hpp"
#include "shared/compose/report.hpp"

namespace farm::compose {

// The variables of the file. `environment` wins over the file inside the values, not in the answer: the caller merges.
Variables parse_env_file(const std::string& text, const std::string& path, const Variables& environment, Report& report);

}  // namespace farm::compose
