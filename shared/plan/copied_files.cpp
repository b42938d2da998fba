#include "shared/plan/copied_files.hpp"

#include <algorithm>

#include "shared/plan/dockerfile_facts.hpp"

namespace farm::plan {
namespace {

bool is_at(const std::string& path, const std::string& place) {
  return place.empty() || path == place || (path.starts_with(place) && path[place.size()] == '/');
}

}  // namespace

std::set<std::string> copied_places(const ImageGroup& group) {
  // Another frontend than Docker's may read what it likes.
  const std::string& frontend = group.dockerfile.directives.syntax;
  if (!frontend.empty() && !frontend.starts_with("docker/dockerfile")) return {""};
  std::set<std::string> places;
  for (const GroupMember& member : group.members) {
    for (const ContextCopy& copy : context_copies(group.dockerfile, member.resolved)) {
      for (const std::string& source : copy.sources) places.insert(literal_part(source));
    }
  }
  return places;
}

std::vector<SliceFile> files_at(const std::vector<SliceFile>& files, const std::set<std::string>& places) {
  const auto is_link_on_the_way = [&](const SliceFile& file) {
    return file.mode == FileMode::Symlink &&
           std::any_of(places.begin(), places.end(), [&](const std::string& place) { return is_at(place, file.path); });
  };
  if (places.empty() || places.contains("") || std::any_of(files.begin(), files.end(), is_link_on_the_way)) return files;
  std::vector<SliceFile> found;
  for (const SliceFile& file : files) {
    if (std::any_of(places.begin(), places.end(), [&](const std::string& place) { return is_at(file.path, place); })) found.push_back(file);
  }
  return found.empty() ? files : found;
}

}  // namespace farm::plan
