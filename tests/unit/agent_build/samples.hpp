// What buildx 0.38 with BuildKit 0.34 printed, line by line, for builds that succeeded and that failed in many ways.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "agent/build/classify.hpp"
#include "agent/build/progress.hpp"

namespace farm::build {

inline std::string read_sample(const std::string& name) {
  const std::string path = std::string(FARM_SOURCE_DIR) + "/tests/unit/agent_build/samples/" + name;
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  EXPECT_FALSE(text.str().empty()) << path;
  return text.str();
}

inline std::vector<std::string> lines_of_sample(const std::string& name) {
  std::istringstream in(read_sample(name));
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

struct Played {
  std::string log;
  std::vector<std::string> phases;
  BuildProgress progress{[this](std::string_view text) { log += text; }};

  void play(const std::string& name) {
    for (const std::string& line : lines_of_sample(name)) {
      progress.line(line, false);
      if (phases.empty() || phases.back() != progress.phase()) phases.push_back(progress.phase());
    }
    progress.finish();
  }
  [[nodiscard]] FailureEvidence evidence() const {
    FailureEvidence evidence;
    evidence.final_error = progress.final_error();
    evidence.plain_text = progress.plain_text();
    const BuildProgress::Failure failure = progress.failure();
    evidence.step = failure.step;
    evidence.step_error = failure.error;
    evidence.step_log = failure.log;
    return evidence;
  }
};

}  // namespace farm::build
