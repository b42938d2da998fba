// Short words for files of a test.
#pragma once

#include <gtest/gtest.h>

#include "tests/support/temp_dir.hpp"

namespace farm {

inline std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}
inline void write_text(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

}  // namespace farm
