#include "coordinator/http/console_files.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <vector>

#include "coordinator/http/api.hpp"

namespace farm::coordinator {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNotBuilt = R"(<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>farm</title></head>
<body>
<main>
<h1>farm</h1>
<p>The coordinator runs. Its web console was not built: that takes Node.js 20.19 or later.</p>
<pre>cd console
npm ci
npm run build</pre>
<p>Then start the coordinator again, with <code>FARM_SHARE</code> or <code>console_dir</code> naming the folder, if it does not find it.</p>
<p>Everything that the console shows is here too:
<a href="/api/v1/farm">farm</a>, <a href="/api/v1/builds">builds</a>, <a href="/api/v1/agents">agents</a>,
<a href="/api/v1/cache">cache</a>, <a href="/api/v1/projects">projects</a>, <a href="/api/v1/openapi.yaml">the API</a>,
<a href="/metrics">metrics</a>, <a href="/readyz">health</a>.</p>
</main>
</body>
</html>
)";

std::string type_of(const std::string& extension) {
  static const std::map<std::string, std::string> kTypes = {{".html", "text/html; charset=utf-8"},
                                                            {".js", "text/javascript; charset=utf-8"},
                                                            {".css", "text/css; charset=utf-8"},
                                                            {".json", "application/json"},
                                                            {".map", "application/json"},
                                                            {".svg", "image/svg+xml"},
                                                            {".png", "image/png"},
                                                            {".ico", "image/x-icon"},
                                                            {".woff2", "font/woff2"},
                                                            {".txt", "text/plain; charset=utf-8"},
                                                            {".webmanifest", "application/manifest+json"}};
  const auto found = kTypes.find(extension);
  return found == kTypes.end() ? "application/octet-stream" : found->second;
}

// Each part of a path that may be served: a name that is not hidden (which "." and ".." are too).
bool is_plain(const std::string& path) {
  if (!path.starts_with('/') || path.size() > kWordBytesMax || path.find('\0') != std::string::npos || path.find('\\') != std::string::npos)
    return false;
  for (std::size_t begin = 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (begin == end && end != path.size()) return false;
    if (begin < end && path[begin] == '.') return false;
    begin = end + 1;
  }
  return true;
}

std::optional<std::string> read_file(const fs::path& folder, const std::string& path) {
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  if (error) return std::nullopt;
  const fs::path file = fs::canonical(root / path.substr(1), error);
  if (error || !fs::is_regular_file(file, error)) return std::nullopt;
  const auto [end, ignored] = std::mismatch(root.begin(), root.end(), file.begin(), file.end());
  if (end != root.end()) return std::nullopt;
  const std::uintmax_t size = fs::file_size(file, error);
  if (error || size > kConsoleFileBytesMax) return std::nullopt;
  std::ifstream in(file, std::ios::binary);
  std::string bytes(size, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(size));
  if (!in) return std::nullopt;
  return bytes;
}

http::Answer page(std::string bytes, const std::string& type, const char* cache) {
  return {200, type, std::move(bytes), {{"Cache-Control", cache}}, nullptr};
}

bool is_console(const fs::path& folder) {
  std::error_code ignored;
  return !folder.empty() && fs::is_regular_file(folder / "index.html", ignored);
}

}  // namespace

http::Answer ConsoleFiles::answer(const std::string& path) const {
  const bool looks_like_page = path.find('.', path.rfind('/') == std::string::npos ? 0 : path.rfind('/')) == std::string::npos;
  if (is_plain(path)) {
    if (!is_console(folder_)) {
      if (path == "/") return page(kNotBuilt, "text/html; charset=utf-8", "no-cache");
    } else {
      const bool hashed = path.starts_with("/assets/");
      const std::string type = type_of(fs::path(path).extension().string());
      if (auto bytes = read_file(folder_, path)) {
        return page(std::move(*bytes), type, hashed ? "public, max-age=31536000, immutable" : "no-cache");
      }
      if (auto index = looks_like_page && !hashed ? read_file(folder_, "/index.html") : std::nullopt) {
        return page(std::move(*index), "text/html; charset=utf-8", "no-cache");
      }
    }
  }
  return error_answer({ErrorKind::NotFound, "there is no " + path.substr(0, kWordBytesMax)});
}

std::string find_console(const std::string& configured) {
  if (!configured.empty()) return configured;
  std::vector<fs::path> roots;
  if (const char* share = std::getenv("FARM_SHARE")) roots.emplace_back(share);
  std::error_code ignored;
  const fs::path own = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  if (!own.empty()) {
    roots.push_back(own / "../share/farm");
    for (fs::path up = own; up != up.root_path(); up = up.parent_path()) {
      if (fs::exists(up / "deploy/templates", ignored)) roots.push_back(up);
    }
  }
  for (const fs::path& root : roots) {
    for (const char* below : {"console/dist", "console"}) {
      // A source tree's console/ has an index.html too: Vite's, which is no built one.
      if (is_console(root / below) && !fs::exists(root / below / "package.json", ignored))
        return (root / below).lexically_normal().string();
    }
  }
  return "";
}

}  // namespace farm::coordinator
