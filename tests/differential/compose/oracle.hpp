// Purpose: asks the real `docker-compose config` what a project means, and brings its answer and farm's into one JSON form to compare.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "shared/compose/read_compose.hpp"
#include "tests/differential/compose/case_file.hpp"

namespace farm::testing {

// The oracle's path (FARM_COMPOSE_ORACLE), or nothing.
std::optional<std::string> oracle_binary();
constexpr const char* kNoOracle =
    "FARM_COMPOSE_ORACLE is not set: it names a docker-compose v2 binary "
    "(cd tools/compose && go build -o PATH github.com/docker/compose/v2/cmd)";

// A folder that holds a case's files and vanishes with it.
class CaseFolder {
 public:
  explicit CaseFolder(const std::map<std::string, std::string>& files);
  ~CaseFolder();
  CaseFolder(const CaseFolder&) = delete;
  CaseFolder& operator=(const CaseFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string base_;
  std::string path_;
};

struct Answer {
  bool accepted = false;
  nlohmann::json project;  // the common form, if accepted
  std::string messages;
};

Answer ask_oracle(const std::string& binary, const ComposeCase& project, const CaseFolder& folder);
Answer ask_farm(const ComposeCase& project, const CaseFolder& folder);

// Checks one case against both; failures are GoogleTest's.
void check_case(const std::string& binary, const ComposeCase& project);

}  // namespace farm::testing
