// Purpose: compares a text with tests/golden/NAME. FARM_UPDATE_GOLDEN=1 writes the file instead, for a change that is wanted.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace farm::test {

inline void expect_golden(const std::string& name, const std::string& text) {
  const std::filesystem::path file = std::filesystem::path(FARM_SOURCE_DIR) / "tests/golden" / name;
  if (std::getenv("FARM_UPDATE_GOLDEN") != nullptr) {  // NOLINT(concurrency-mt-unsafe)
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return;
  }
  std::ostringstream golden;
  golden << std::ifstream(file, std::ios::binary).rdbuf();
  EXPECT_FALSE(golden.str().empty()) << file << " is missing";
  EXPECT_EQ(text, golden.str()) << "if this change is wanted: FARM_UPDATE_GOLDEN=1, and read the diff of " << file;
}

}  // namespace farm::test
