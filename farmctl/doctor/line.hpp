// Purpose: small pieces that the checks share. Private to farmctl/doctor.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "farmctl/doctor/checks.hpp"

namespace farm::ctl::doctor {

// A line of one check, still to be judged.
class Draft {
 public:
  Draft(std::string id, std::string what, std::string wanted)
      : line_{std::move(id), Level::Ok, std::move(what), "", std::move(wanted), ""} {}

  [[nodiscard]] Line ok(std::string found) const { return with(Level::Ok, std::move(found), ""); }
  [[nodiscard]] Line skipped(std::string why) const { return with(Level::Skipped, std::move(why), ""); }
  [[nodiscard]] Line warning(std::string found, std::string mend) const { return with(Level::Warning, std::move(found), std::move(mend)); }
  [[nodiscard]] Line broken(std::string found, std::string mend) const { return with(Level::Broken, std::move(found), std::move(mend)); }

 private:
  [[nodiscard]] Line with(Level level, std::string found, std::string mend) const {
    Line line = line_;
    line.level = level;
    line.found = std::move(found);
    line.mend = std::move(mend);
    return line;
  }
  Line line_;
};

// "a, b, c and 4 more"
std::string listed(const std::vector<std::string>& words, std::size_t most = 5);

// Each appends the lines of its subject.
void examine_host(const Facts& facts, std::vector<Line>& lines);
void examine_farm(const Facts& facts, std::vector<Line>& lines);
void examine_registry(const Facts& facts, std::vector<Line>& lines);
void examine_project(const Facts& facts, std::vector<Line>& lines);
void examine_builds(const Facts& facts, std::vector<Line>& lines);

}  // namespace farm::ctl::doctor
