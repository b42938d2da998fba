// Purpose: ages and sizes as people write them for docker: "168h", "7d", "20GB", "512MiB". Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

namespace farm::ctl {

// One or more numbers with units ms, s, m, h, d, w, as "1d12h"; "0" alone too. Error: InvalidInput; at most ten years.
Result<Millis> parse_age(std::string_view text);
// A number (with a fraction, if need be) and B, kB, MB, GB, TB (1000) or KiB, MiB, GiB, TiB (1024), in any case; without a unit: bytes.
Result<std::uint64_t> parse_bytes(std::string_view text);
// "3 d", "5 h", "12 min", "just now"; "-" where `then_ms` is 0.
std::string format_age(std::int64_t then_ms, std::int64_t now_ms);

}  // namespace farm::ctl
