// Purpose: one line of `buildx build --progress=rawjson` as a value. The only place of the agent (with metadata.cpp)
// that sees a JSON library. Lines come from a program of another version than ours may know: unknown fields and wrong
// types are skipped, nothing is trusted to be there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"

namespace farm::build {

constexpr std::size_t kRawLineBytesMax = 8U << 20U;  // a longer line is not read
constexpr std::size_t kRawItemsMax = 20'000;         // vertices, statuses, logs or warnings in one line; the rest is skipped

struct RawVertex {
  std::string id;  // BuildKit's digest, as text
  std::string name;
  std::optional<std::int64_t> started_us;  // since the Unix epoch
  std::optional<std::int64_t> completed_us;
  // BuildKit says "cached" also of vertices that were never looked at, because something above them was cached. Those
  // it marks as started and completed at the very same nanosecond.
  bool cached = false;
  bool inferred = false;
  std::string error;
};

struct RawStatus {
  std::string id;  // "sha256:…" of a layer, "pushing layers", "transferring context:"
  std::string vertex;
  std::string name;  // "downloading", "extracting", "done"
  std::uint64_t current = 0;
  std::uint64_t total = 0;
};

struct RawLog {
  std::string vertex;
  std::string bytes;  // decoded
};

struct RawWarning {
  std::string vertex;
  std::string text;
};

struct RawUpdate {
  std::vector<RawVertex> vertices;
  std::vector<RawStatus> statuses;
  std::vector<RawLog> logs;
  std::vector<RawWarning> warnings;
};

// Errors: Corrupt (not a JSON object), Overloaded (too long). Never throws.
Result<RawUpdate> parse_raw_line(std::string_view line);

// "2026-11-24T08:02:56.383293119Z" or with "+01:00" → nanoseconds since the Unix epoch; none where it is not that.
// Pure.
std::optional<std::int64_t> parse_timestamp(std::string_view text);

// Standard base64, with or without padding; stops at the first character that is none.
std::string decode_base64(std::string_view text);

}  // namespace farm::build
