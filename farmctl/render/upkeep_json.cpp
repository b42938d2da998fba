#include <nlohmann/json.hpp>

#include "farmctl/render/upkeep_view.hpp"

namespace farm::ctl {
namespace {

using Json = nlohmann::ordered_json;

std::string dumped(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

Json groups_json(const std::vector<protocol::UsageGroup>& groups) {
  Json json = Json::array();
  for (const protocol::UsageGroup& group : groups) {
    json.push_back({{"kind", group.kind},
                    {"project", group.project},
                    {"items", group.items},
                    {"bytes", group.bytes},
                    {"oldest_ms", group.oldest_ms},
                    {"newest_ms", group.newest_ms}});
  }
  return json;
}

Json pruned_json(const char* schema, const protocol::Pruned& pruned) {
  Json json;
  json["schema"] = schema;
  json["dry_run"] = pruned.dry_run;
  json["results"] = pruned.results;
  json["slices"] = pruned.slices;
  json["manifests"] = pruned.manifests;
  json["registry_bytes"] = pruned.registry_bytes;
  json["registry_bytes_left"] = pruned.registry_bytes_left;
  json["in_use"] = pruned.in_use;
  json["shared"] = pruned.shared;
  json["groups"] = groups_json(pruned.groups);
  json["items"] = Json::array();
  for (const protocol::PrunedItem& item : pruned.items) {
    json["items"].push_back(
        {{"kind", item.kind}, {"project", item.project}, {"name", item.name}, {"bytes", item.bytes}, {"used_ms", item.used_ms}});
  }
  json["agents"] = Json::array();
  for (const protocol::PrunedAgent& agent : pruned.agents) {
    json["agents"].push_back(
        {{"name", agent.name}, {"slice_bytes", agent.slice_bytes}, {"buildkit_bytes", agent.buildkit_bytes}, {"error", agent.error}});
  }
  json["notes"] = pruned.notes;
  return json;
}

}  // namespace

std::string render_usage_json(const protocol::Usage& usage) {
  Json json;
  json["schema"] = "farm.du.v1";
  json["registry_bytes"] = usage.registry_bytes;
  json["manifests"] = usage.manifests;
  json["in_use_bytes"] = usage.in_use_bytes;
  json["prunable_bytes"] = usage.prunable_bytes;
  json["groups"] = groups_json(usage.groups);
  json["agents"] = Json::array();
  for (const protocol::UsageAgent& agent : usage.agents) {
    json["agents"].push_back({{"name", agent.name},
                              {"state", agent.state},
                              {"slice_cache_bytes", agent.slice_cache_bytes},
                              {"buildkit_bytes", agent.buildkit_bytes},
                              {"prunable_bytes", agent.prunable_bytes},
                              {"disk_free_bytes", agent.disk_free_bytes},
                              {"disk_total_bytes", agent.disk_total_bytes},
                              {"error", agent.error}});
  }
  json["notes"] = usage.notes;
  return dumped(json);
}

std::string render_pruned_json(const protocol::Pruned& pruned, const GarbageCollected& garbage) {
  Json json = pruned_json("farm.prune.v1", pruned);
  json["garbage_collection"] = {{"done", garbage.done}, {"freed_bytes", garbage.freed_bytes}, {"advice", garbage.advice}};
  return dumped(json);
}

std::string render_cleaned_json(const protocol::Pruned& pruned, const std::string& project) {
  Json json = pruned_json("farm.clean.v1", pruned);
  json["project"] = project;
  return dumped(json);
}

}  // namespace farm::ctl
