#include "shared/compose/project.hpp"

#include <algorithm>

namespace farm {

const Service* ComposeProject::find(const std::string& service) const {
  const auto found = std::lower_bound(services.begin(), services.end(), service,
                                      [](const Service& candidate, const std::string& wanted) { return candidate.name < wanted; });
  return found != services.end() && found->name == service ? &*found : nullptr;
}

std::string ComposeProject::image_name(const Service& service) const {
  return service.image.empty() ? name + "-" + service.name : service.image;
}

}  // namespace farm
