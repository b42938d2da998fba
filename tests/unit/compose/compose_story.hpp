// Purpose: short words for the tests of shared/compose: read a project from files in memory, and look for what was said.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "shared/compose/read_compose.hpp"

namespace farm::testing {

using Files = std::map<std::string, std::string>;

inline Parsed<ComposeProject> read(const Files& files, ComposeRequest request = {}) {
  if (request.project_name.empty()) request.project_name = "test";
  return read_compose(MemoryTree(files), request);
}

inline Parsed<ComposeProject> read(const std::string& compose_yaml) { return read(Files{{"compose.yaml", compose_yaml}}); }

inline std::string messages(const Parsed<ComposeProject>& parsed) {
  std::string text;
  for (const Diagnostic& diagnostic : parsed.diagnostics) text += to_string(diagnostic) + "\n";
  return text;
}

// Reads what must be good.
inline ComposeProject good(const Files& files, ComposeRequest request = {}) {
  Parsed<ComposeProject> parsed = read(files, std::move(request));
  EXPECT_TRUE(parsed.ok()) << messages(parsed);
  return parsed.value;
}
inline ComposeProject good(const std::string& compose_yaml) { return good(Files{{"compose.yaml", compose_yaml}}); }

inline const Service& service(const ComposeProject& project, const std::string& name) {
  const Service* found = project.find(name);
  if (found == nullptr) {
    ADD_FAILURE() << "no service " << name;
    static const Service kNone;
    return kNone;
  }
  return *found;
}
inline const BuildSpec& build(const ComposeProject& project, const std::string& name) {
  const Service& found = service(project, name);
  if (!found.build) {
    ADD_FAILURE() << name << " has no build";
    static const BuildSpec kNone;
    return kNone;
  }
  return *found.build;
}

// Some line of the messages holds the text.
inline void expect_says(const Parsed<ComposeProject>& parsed, const std::string& text) {
  EXPECT_NE(messages(parsed).find(text), std::string::npos) << "expected: " << text << "\nsaid:\n" << messages(parsed);
}

}  // namespace farm::testing
