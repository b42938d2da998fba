// Purpose: what the facts mean: a line per check, in a fixed order. Every check always has at least one line, so that a reader of the JSON
// finds each id. Pure. docs/doctor.md says which item of the guide each answers.
#pragma once

#include <string>
#include <vector>

#include "farmctl/doctor/facts.hpp"

namespace farm::ctl::doctor {

enum class Level { Ok, Skipped, Warning, Broken };
std::string_view to_string(Level level);

struct Line {
  std::string id;  // "keys", "registry-push": never renamed
  Level level = Level::Ok;
  std::string what;    // "the key file"
  std::string found;   // "mode 0644"
  std::string wanted;  // "mode 0600"
  std::string mend;    // "chmod 600 …"; empty where nothing has to be done
  friend bool operator==(const Line&, const Line&) = default;
};

std::vector<Line> examine(const Facts& facts);

// The ids of all checks, in order.
std::vector<std::string> check_ids();

// The worst of all lines.
Level worst(const std::vector<Line>& lines);

std::string render_text(const std::vector<Line>& lines, bool colour);
std::string render_json(const std::vector<Line>& lines);  // farm.doctor.v1

}  // namespace farm::ctl::doctor
