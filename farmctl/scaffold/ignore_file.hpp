// Purpose: a .dockerignore that keeps out of the context what no build needs. Pure.
#pragma once

#include <string>
#include <vector>

namespace farm::scaffold {

struct IgnoreRequest {
  std::string existing;             // the file's text; "" where there is none
  bool shared = false;              // images that aren't Rust are built from the same context: documents may be what they ship
  std::vector<std::string> needed;  // files that the compiler reads and that a pattern would keep out, relative to the context
};

// The patterns that the existing file lacks stand in front of its own, so that its exceptions still win. The existing text where it lacks
// none.
std::string ignore_text(const IgnoreRequest& request);

}  // namespace farm::scaffold
