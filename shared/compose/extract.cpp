#include "shared/compose/extract.hpp"

#include <algorithm>
#include <utility>

#include "shared/compose/yaml_scalar.hpp"

namespace farm::compose {
namespace {

XFarm extract_x_farm(const std::string& service, const Node& node, Report& report) {
  XFarm result;
  if (node.find("slice") != nullptr) result.slice = bool_at(node, "slice", "service \"" + service + "\": x-farm", report);
  result.needs = unique_list_at(node, "needs");
  std::sort(result.needs.begin(), result.needs.end());
  result.labels = mapping_at(node, "labels");
  return result;
}

}  // namespace

std::string text_at(const Node& map, const std::string& key) {
  const Node* value = map.find(key);
  return value != nullptr && value->is_scalar() ? value->text : "";
}

std::vector<std::string> list_at(const Node& map, const std::string& key) {
  std::vector<std::string> result;
  const Node* value = map.find(key);
  if (value == nullptr) return result;
  for (const Node& item : value->items) result.push_back(item.text);
  return result;
}

std::vector<std::string> unique_list_at(const Node& map, const std::string& key) {
  std::vector<std::string> result;
  std::map<std::string, bool> seen;
  for (std::string& item : list_at(map, key)) {
    if (seen.emplace(item, true).second) result.push_back(std::move(item));
  }
  return result;
}

std::map<std::string, std::string> mapping_at(const Node& map, const std::string& key) {
  std::map<std::string, std::string> result;
  const Node* value = map.find(key);
  if (value == nullptr) return result;
  for (const auto& [name, item] : value->fields) result.emplace(name, item.text);
  return result;
}

bool bool_at(const Node& map, const std::string& key, const std::string& where, Report& report) {
  const Node* value = map.find(key);
  if (value == nullptr || !value->is_scalar()) return false;
  const std::optional<bool> parsed = parse_bool(value->text);
  if (!parsed) report.error(value->at, where + ": \"" + key + "\" must be true or false, not \"" + value->text + "\"");
  return parsed.value_or(false);
}

Service extract_service(const std::string& name, const Node& node, const ExtractContext& context, Report& report) {
  Service service;
  service.name = name;
  service.place = report.place(node.key_at);
  service.image = text_at(node, "image");
  service.platform = text_at(node, "platform");
  service.profiles = unique_list_at(node, "profiles");
  if (const Node* needed = node.find("depends_on")) {
    for (const auto& [other, entry] : needed->fields) service.depends_on.push_back(other);
  }
  if (const Node* x_farm = node.find("x-farm"); x_farm != nullptr && x_farm->is_map())
    service.x_farm = extract_x_farm(name, *x_farm, report);
  if (const Node* build = node.find("build"); build != nullptr && build->is_map())
    service.build = extract_build(name, *build, context, report);
  if (service.build && !service.platform.empty() && !service.build->platforms.empty() &&
      std::find(service.build->platforms.begin(), service.build->platforms.end(), service.platform) == service.build->platforms.end()) {
    report.error(node.find("build")->find("platforms")->at,
                 "service \"" + name + "\": build.platforms must include the service's platform \"" + service.platform + "\"");
  }
  if (service.image.empty() && !service.build && node.find("provider") == nullptr) {
    report.error(node.key_at, "service \"" + name + "\" has neither an image nor a build: add one");
  }
  return service;
}

}  // namespace farm::compose
