#include "farmctl/scaffold/ignore_file.hpp"

#include <algorithm>
#include <set>

namespace farm::scaffold {
namespace {

struct Section {
  const char* title;
  bool always;  // also in a context that other images are built from
  std::vector<const char*> patterns;
};

const std::vector<Section>& sections() {
  static const std::vector<Section> kSections = {
      {"Build artefacts", true, {"**/target/", "**/*.rs.bk"}},
      {"History and editors", true, {".git/", "**/.idea/", "**/.vscode/"}},
      {"Documentation", false, {"docs/", "**/*.md"}},
      {"What describes the images is no part of them",
       false,
       {".dockerignore", "**/Dockerfile*", "docker-compose*.yml", "docker-compose*.yaml", "compose*.yml", "compose*.yaml", ".env"}},
  };
  return kSections;
}

std::string plain(std::string pattern) {
  while (!pattern.empty() && (pattern.back() == '/' || pattern.back() == ' ' || pattern.back() == '\r')) pattern.pop_back();
  if (pattern.starts_with("**/")) pattern.erase(0, 3);
  if (pattern.starts_with("/")) pattern.erase(0, 1);
  return pattern;
}

// A pattern covers one of ours also where it says less of where ("target" and "**/target/").
std::set<std::string> patterns_of(const std::string& text) {
  std::set<std::string> patterns;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    if (!line.empty() && line.front() != '#') patterns.insert(plain(line));
    begin = end + 1;
  }
  return patterns;
}

}  // namespace

std::string ignore_text(const IgnoreRequest& request) {
  const std::set<std::string> known = patterns_of(request.existing);
  std::string text;
  for (const Section& section : sections()) {
    if (request.shared && !section.always) continue;
    std::string lines;
    for (const char* pattern : section.patterns) {
      if (!known.contains(plain(pattern))) lines += std::string(pattern) + "\n";
    }
    if (!lines.empty()) text += (text.empty() ? "# " : "\n# ") + std::string(section.title) + "\n" + lines;
  }
  std::string needed;
  for (const std::string& path : request.needed) {
    if (!known.contains("!" + path)) needed += "!" + path + "\n";
  }
  if (!needed.empty()) text += (text.empty() ? "# " : "\n# ") + std::string("Read by the compiler (include_str!)\n") + needed;
  if (text.empty()) return request.existing;
  return request.existing.empty() ? text : text + "\n" + request.existing;
}

}  // namespace farm::scaffold
