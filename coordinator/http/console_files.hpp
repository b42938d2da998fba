// Purpose: the console's built files from a folder (console/dist), read at each request. Hashed files may be kept for ever by browsers,
// pages are asked for each time. A path that names no file and looks like a page is the console's own: it gets index.html. Without the
// folder a plain page says how to build it. Nothing outside the folder is ever served: no "..", no hidden file, no link that leaves it.
// Limits: files up to kConsoleFileBytesMax.
#pragma once

#include <string>

#include "shared/http/server.hpp"

namespace farm::coordinator {

constexpr std::size_t kConsoleFileBytesMax = 8U << 20U;

class ConsoleFiles {
 public:
  // `folder`: holds index.html; empty, or without it: there is no console.
  explicit ConsoleFiles(std::string folder) : folder_(std::move(folder)) {}
  [[nodiscard]] http::Answer answer(const std::string& path) const;

 private:
  std::string folder_;
};

// Where the console is: the configured folder; else console/dist or console below FARM_SHARE, below share/farm beside the program, or in
// the source tree that the program was built in. Empty: nowhere.
std::string find_console(const std::string& configured);

}  // namespace farm::coordinator
