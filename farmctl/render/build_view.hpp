// Purpose: a build for people: the table at its end, the lines that a log gets while it runs, the screen that a terminal gets. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "shared/model/status.hpp"

namespace farm::ctl {

// The table at the end: per service the result, why, time and waiting, then what it cost and what serial would have cost.
// `total` is the whole time as the user felt it.
std::string render_summary(const BuildStatus& status, Millis total);

// The screen of a running build: one line per job that isn't over long since, at most `height` lines of at most `width` columns.
struct ScreenSize {
  std::size_t width = 80;
  std::size_t height = 24;
};
std::vector<std::string> render_screen(const BuildStatus& status, ScreenSize size, std::int64_t now_ms, bool colour);

// For logs: a line whenever a job's state, agent or step changes. Keeps what it said.
class PlainProgress {
 public:
  std::vector<std::string> lines(const BuildStatus& status);

 private:
  std::map<std::string, std::string> said_;
  std::string build_said_;
};

}  // namespace farm::ctl
