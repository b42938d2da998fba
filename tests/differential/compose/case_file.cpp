#include "tests/differential/compose/case_file.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace farm::testing {
namespace {

void read_header(const std::string& line, ComposeCase& into) {
  if (line.starts_with("args: ")) {
    std::istringstream words(line.substr(6));
    for (std::string word; words >> word;) into.args.push_back(word);
  } else if (line.starts_with("env: ")) {
    const std::size_t equals = line.find('=');
    into.environment[line.substr(5, equals - 5)] = line.substr(equals + 1);
  } else if (line.starts_with("rejects: ")) {
    into.rejects = line.substr(9);
  } else if (line.starts_with("farm accepts: ")) {
    into.farm_accepts = true;
  } else if (!line.empty()) {
    throw std::runtime_error(into.source + ": case \"" + into.name + "\": unknown header: " + line);
  }
}

void read_file(const std::filesystem::path& path, std::vector<ComposeCase>& cases) {
  std::ifstream stream(path, std::ios::binary);
  std::string* text = nullptr;
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("==== ")) {
      cases.push_back({});
      cases.back().name = line.substr(5);
      cases.back().source = path.filename().string();
      text = nullptr;
    } else if (cases.empty()) {
      throw std::runtime_error(path.string() + ": must begin with ====");
    } else if (line.starts_with("### ")) {
      text = &cases.back().files[line.substr(4)];
    } else if (text != nullptr) {
      *text += line + "\n";
    } else {
      read_header(line, cases.back());
    }
  }
}

}  // namespace

std::vector<ComposeCase> read_cases(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".txt") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<ComposeCase> cases;
  for (const auto& path : paths) read_file(path, cases);
  return cases;
}

}  // namespace farm::testing
