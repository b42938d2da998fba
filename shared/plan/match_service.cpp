#include <algorithm>

#include "shared/plan/planner.hpp"

namespace farm {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// Edit distance, for "did you mean".
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[b.size()];
}

bool same_build(const Service& a, const Service& b) {
  if (!a.build || !b.build) return false;
  BuildSpec left = *a.build;
  left.place = b.build->place;
  for (std::size_t i = 0; i < left.secrets.size() && i < b.build->secrets.size(); ++i) left.secrets[i].place = b.build->secrets[i].place;
  return left == *b.build;
}

std::string nearest(const ComposeProject& project, const std::string& word) {
  std::string best;
  std::size_t best_distance = word.size() / 2 + 1;
  for (const Service& service : project.services) {
    const std::size_t d = distance(word, service.name);
    if (service.build && d < best_distance) {
      best_distance = d;
      best = service.name;
    }
  }
  return best;
}

}  // namespace

Result<std::vector<std::string>> match_service(const ComposeProject& project, const std::string& word) {
  if (word.empty()) return Error{ErrorKind::InvalidInput, "\"\" is no service's name; `all`, or no name at all, means every service"};
  if (const Service* exact = project.find(word)) {
    if (exact->build) return std::vector<std::string>{word};
    return Error{ErrorKind::InvalidInput, "service \"" + word + "\" has no build; there is nothing to do for it"};
  }
  std::vector<std::string> names;
  const Service* first = nullptr;
  bool one_image = true;
  for (const Service& service : project.services) {
    if (!service.build || service.name.find(word) == std::string::npos) continue;
    one_image = one_image && (first == nullptr || same_build(*first, service));
    if (first == nullptr) first = &service;
    names.push_back(service.name);
  }
  if (!names.empty() && one_image) return names;
  if (!names.empty()) return Error{ErrorKind::InvalidInput, "\"" + word + "\" could be " + joined(names) + "; say which"};
  const std::string near = nearest(project, word);
  std::vector<std::string> all;
  for (const Service& service : project.services) {
    if (service.build) all.push_back(service.name);
  }
  return Error{ErrorKind::InvalidInput, "there is no service \"" + word + "\"" + (near.empty() ? "" : " (did you mean \"" + near + "\"?)") +
                                            "; services with a build: " + joined(all)};
}

}  // namespace farm
