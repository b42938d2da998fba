#include "shared/snapshot/outside_index.hpp"

#include <optional>
#include <string_view>

#include "shared/cargo/outside_paths.hpp"
#include "shared/hash/sha256.hpp"
#include "shared/snapshot/disk_tree.hpp"
#include "shared/snapshot/replace_file.hpp"

namespace farm::snapshot {
namespace {

constexpr std::string_view kFirstLine = "farm outside paths 1";
constexpr std::size_t kCacheBytesMax = 64U << 20U;
constexpr std::size_t kSourceBytesMax = 16U << 20U;  // a longer source is generated data

using Paths = std::map<Digest, std::vector<std::string>>;

// Up to the separator, which is taken too.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

Paths decode(std::string_view text) {
  Paths paths;
  if (take(text, '\n') != kFirstLine) return {};
  while (!text.empty()) {
    std::string_view line = take(text, '\n');
    const Result<Digest> digest = parse_digest("sha256:" + std::string(take(line, '\t')));
    if (!digest) return {};
    std::vector<std::string>& list = paths[*digest];
    while (!line.empty()) list.emplace_back(take(line, '\t'));
  }
  return paths;
}

std::string encode(const Paths& paths) {
  std::string text(kFirstLine);
  text += '\n';
  for (const auto& [digest, list] : paths) {
    text += digest.hex();
    for (const std::string& path : list) text += "\t" + path;
    text += '\n';
  }
  return text;
}

Paths load(const std::string& cache_file) {
  if (cache_file.empty()) return {};
  const std::size_t slash = cache_file.rfind('/');
  if (slash == std::string::npos) return {};
  const Result<std::string> text = DiskTree(cache_file.substr(0, slash)).read(cache_file.substr(slash + 1), kCacheBytesMax);
  return text ? decode(*text) : Paths{};
}

}  // namespace

std::map<Digest, std::vector<std::string>> find_outside_paths(const std::string& root, const std::vector<SliceFile>& files,
                                                              const std::string& cache_file) {
  const Paths known = load(cache_file);
  Paths now;
  std::size_t fresh = 0;
  std::optional<DiskTree> tree;
  for (const SliceFile& file : files) {
    if (!file.path.ends_with(".rs") || file.mode == FileMode::Symlink || now.contains(file.digest)) continue;
    if (const auto found = known.find(file.digest); found != known.end()) {
      now.insert(*found);
      continue;
    }
    if (!tree) tree.emplace(root);
    const Result<std::string> source = tree->read(file.path, kSourceBytesMax);
    if (!source || sha256(*source) != file.digest) continue;
    now.emplace(file.digest, outside_paths(*source));
    ++fresh;
  }
  if (!cache_file.empty() && (fresh > 0 || now.size() != known.size())) (void)replace_file(cache_file, encode(now));
  std::erase_if(now, [](const auto& entry) { return entry.second.empty(); });
  return now;
}

}  // namespace farm::snapshot
