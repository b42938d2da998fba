// Purpose: the cases of the differential test, as text. A file holds several:
//   ==== name of the case
//   args: --profile p -f a.yaml        (what docker-compose is given; farm's request is made of the same)
//   env: A=1                           (a variable of the environment; may repeat)
//   rejects: text                      (both must reject it, and farm's messages must hold this text)
//   farm accepts: reason               (compose rejects it, farm does not, on purpose)
//   ### path/of/a/file
//   its text …
#pragma once

#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace farm::testing {

struct ComposeCase {
  std::string name;
  std::string source;  // file of the case
  std::vector<std::string> args;
  std::map<std::string, std::string> environment;
  std::optional<std::string> rejects;
  bool farm_accepts = false;
  std::map<std::string, std::string> files;
};

// GoogleTest shows a case by its name.
inline void PrintTo(const ComposeCase& project, std::ostream* out) { *out << project.source << ": " << project.name; }

// Every case of the folder's *.txt, sorted by file. Throws std::runtime_error on a malformed file: that is a fault of the test's author.
std::vector<ComposeCase> read_cases(const std::string& folder);

}  // namespace farm::testing
