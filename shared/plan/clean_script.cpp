#include "shared/plan/clean_script.hpp"

#include <algorithm>
#include <cstdio>
#include <set>

namespace farm::plan {
namespace {

std::string quoted_list(const std::set<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += " " + shell_quote(word);
  return list;
}

std::string underscored(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace

std::string shell_quote(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string clean_script(const CleanRequest& request) {
  std::set<std::string> names;
  for (const std::string& package : request.packages) names.insert(package);
  for (const std::string& artifact : request.artifacts) {
    names.insert(artifact);
    names.insert(underscored(artifact));
  }
  // A profile's folder is one that has .fingerprint: target/release, target/<triple>/release.
  std::string script = "set -e; h='[0-9a-f][0-9a-f][0-9a-f][0-9a-f]'; h=$h$h$h$h; ";
  script += "for f in " + shell_quote(request.target_directory) + "/*/.fingerprint " + shell_quote(request.target_directory) +
            "/*/*/.fingerprint; do ";
  script += "d=${f%/.fingerprint}; [ -d \"$f\" ] || continue; rm -rf \"$d/incremental\"; ";
  script += "for n in" + quoted_list(names) + "; do ";
  script += "rm -rf \"$d/.fingerprint/$n-\"$h \"$d/build/$n-\"$h \"$d/deps/$n-\"$h* \"$d/deps/lib$n-\"$h* ";
  script += "\"$d/examples/$n\"* \"$d/$n\" \"$d/$n.d\" \"$d/lib$n.\"*; done; done; ";
  if (!request.source_entries.empty()) {
    const std::set<std::string> entries(request.source_entries.begin(), request.source_entries.end());
    script += "cd " + shell_quote(request.source_directory) + "; rm -rf --" + quoted_list(entries) + "; ";
  }
  return script + "true";
}

std::string run_line(const std::string& script) {
  std::string escaped;
  for (const char c : script) {
    if (static_cast<unsigned char>(c) < 0x20) {  // a file may be called so; a line end would end the instruction
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned int>(c));
      escaped += code;
      continue;
    }
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return "RUN [\"/bin/sh\", \"-c\", \"" + escaped + "\"]";
}

}  // namespace farm::plan
