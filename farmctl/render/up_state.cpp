#include "farmctl/render/up_state.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include <nlohmann/json.hpp>

namespace farm::ctl {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSchema = "farm.up.v1";
constexpr std::array<int, 3> kOldestCompose = {2, 24, 4};  // knows `!reset`

std::string quoted(const std::string& value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    if (c == '$') text += '$';
    text += c;
  }
  return text + "\"";
}

}  // namespace

std::string render_up_state(const UpState& state) {
  Json json;
  json["schema"] = kSchema;
  json["project"] = state.project;
  json["folder"] = state.folder;
  json["compose"] = state.compose;
  json["images"] = state.images;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<UpState> parse_up_state(const std::string& file, const std::string& text) {
  const Error wrong{ErrorKind::Corrupt, file + " is not what `farmctl up` wrote; remove it"};
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || json.value("schema", Json()) != kSchema) return wrong;
  const auto is_text = [](const Json& value) { return value.is_string(); };
  const Json project = json.value("project", Json());
  const Json folder = json.value("folder", Json());
  const Json compose = json.value("compose", Json());
  const Json images = json.value("images", Json());
  if (!project.is_string() || !folder.is_string() || !compose.is_array() || compose.empty() || !images.is_object()) return wrong;
  if (!std::all_of(compose.begin(), compose.end(), is_text) || !std::all_of(images.begin(), images.end(), is_text)) return wrong;
  UpState state{project, folder, {}, {}};
  for (const Json& word : compose) state.compose.push_back(word);
  for (const auto& [service, image] : images.items()) state.images.emplace(service, image);
  return state;
}

std::string pinned_reference(const std::string& image, const Digest& digest) {
  const std::string bare = image.substr(0, image.find('@'));
  const std::size_t colon = bare.rfind(':');
  const bool tagged = colon != std::string::npos && bare.find('/', colon) == std::string::npos;
  return (tagged ? bare.substr(0, colon) : bare) + "@" + digest.oci();
}

std::string pinned_override(const std::map<std::string, std::string>& images) {
  std::string text = "# Written by `farmctl up`: what was built is what runs.\nservices:";
  bool any = false;
  for (const auto& [service, image] : images) {
    if (image.empty()) continue;
    any = true;
    text += "\n  " + quoted(service) + ":\n    build: !reset null\n    image: " + quoted(image) + "\n    pull_policy: missing";
  }
  return text + (any ? "\n" : " {}\n");
}

std::vector<std::string> services_to_start(const ComposeProject& project, const std::vector<std::string>& names) {
  std::vector<std::string> open = names;
  if (names.empty()) {
    for (const Service& service : project.services) {
      if (service.active) open.push_back(service.name);
    }
  }
  std::set<std::string> found;
  while (!open.empty()) {
    const std::string name = std::move(open.back());
    open.pop_back();
    const Service* service = project.find(name);
    if (service == nullptr || !found.insert(name).second) continue;
    open.insert(open.end(), service->depends_on.begin(), service->depends_on.end());
  }
  return {found.begin(), found.end()};
}

void keep_pinned(UpState& state, const UpState& earlier, const ComposeProject& project) {
  for (const auto& [service, image] : earlier.images) {
    if (project.find(service) != nullptr) state.images.emplace(service, image);
  }
}

Result<std::vector<std::string>> match_started(const UpState& state, const std::string& word) {
  if (state.images.contains(word)) return std::vector<std::string>{word};
  std::vector<std::string> names;
  std::set<std::string> images;
  std::string list;
  for (const auto& [service, image] : state.images) {
    if (word.empty() || service.find(word) == std::string::npos) continue;
    list += (list.empty() ? "" : ", ") + service;
    names.push_back(service);
    images.insert(image.empty() ? service : image);
  }
  if (images.size() > 1) return Error{ErrorKind::InvalidInput, "\"" + word + "\" could be " + list + "; say which"};
  return names;
}

bool is_new_enough_compose(const std::string& version) {
  std::array<int, 3> parts = {0, 0, 0};
  const char* at = version.data();
  const char* const end = at + version.size();
  if (at != end && *at == 'v') ++at;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto [stop, code] = std::from_chars(at, end, parts[i]);
    if (code != std::errc{}) return true;
    at = stop;
    if (i + 1 < parts.size()) {
      if (at == end || *at != '.') return true;
      ++at;
    }
  }
  return parts >= kOldestCompose;
}

}  // namespace farm::ctl
