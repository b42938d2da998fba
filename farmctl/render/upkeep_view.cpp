#include "farmctl/render/upkeep_view.hpp"

#include <vector>

#include "farmctl/render/amounts.hpp"
#include "farmctl/render/text.hpp"

namespace farm::ctl {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

std::string lines(const std::vector<std::string>& notes) {
  std::string text;
  for (const std::string& note : notes) text += "note: " + note + "\n";
  return text;
}

std::string group_table(const std::vector<protocol::UsageGroup>& groups, std::int64_t now_ms) {
  Rows rows = {{"KIND", "PROJECT", "ITEMS", "SIZE", "LAST USED", "OLDEST"}};
  for (const protocol::UsageGroup& group : groups) {
    rows.push_back({group.kind, or_dash(group.project), std::to_string(group.items), format_bytes(group.bytes),
                    format_age(group.newest_ms, now_ms), format_age(group.oldest_ms, now_ms)});
  }
  return render_columns(rows);
}

std::string agent_lines(const protocol::Pruned& pruned) {
  std::string text;
  for (const protocol::PrunedAgent& agent : pruned.agents) {
    text += "agent " + agent.name + ": ";
    text += agent.error.empty() || agent.slice_bytes + agent.buildkit_bytes > 0
                ? format_bytes(agent.slice_bytes) + " of slices, " + format_bytes(agent.buildkit_bytes) + " of BuildKit's cache"
                : "nothing";
    text += (agent.error.empty() ? "" : " (" + agent.error + ")") + std::string("\n");
  }
  return text;
}

std::string items_table(const protocol::Pruned& pruned, std::int64_t now_ms) {
  Rows rows = {{"KIND", "PROJECT", "NAME", "SIZE", "LAST USED"}};
  for (const protocol::PrunedItem& item : pruned.items)
    rows.push_back({item.kind, or_dash(item.project), fit(item.name, 60), format_bytes(item.bytes), format_age(item.used_ms, now_ms)});
  return render_columns(rows);
}

}  // namespace

std::string render_usage(const protocol::Usage& usage, std::int64_t now_ms) {
  std::string text = group_table(usage.groups, now_ms);
  text += "registry: " + format_bytes(usage.registry_bytes) + " in " + std::to_string(usage.manifests) + " manifests, each blob once; " +
          format_bytes(usage.in_use_bytes) + " in use now; prune would free " + format_bytes(usage.prunable_bytes) + "\n";
  if (!usage.agents.empty()) {
    Rows rows = {{"AGENT", "STATE", "SLICES", "BUILDKIT", "PRUNE FREES", "DISK FREE", "DISK"}};
    for (const protocol::UsageAgent& agent : usage.agents) {
      rows.push_back({agent.name, or_dash(agent.state), format_bytes(agent.slice_cache_bytes), format_bytes(agent.buildkit_bytes),
                      format_bytes(agent.prunable_bytes), format_bytes(agent.disk_free_bytes), format_bytes(agent.disk_total_bytes)});
    }
    text += "\n" + render_columns(rows);
    for (const protocol::UsageAgent& agent : usage.agents) {
      if (!agent.error.empty()) text += "note: agent " + agent.name + ": " + agent.error + "\n";
    }
  }
  return text + lines(usage.notes);
}

std::string render_pruned(const protocol::Pruned& pruned, const GarbageCollected& garbage, std::int64_t now_ms, bool verbose) {
  const bool dry = pruned.dry_run;
  std::string text;
  if ((verbose || dry) && !pruned.items.empty()) text += items_table(pruned, now_ms) + "\n";
  if (!pruned.groups.empty()) text += group_table(pruned.groups, now_ms);
  text += std::string(dry ? "would free " : "freed ") + format_bytes(pruned.registry_bytes) + " in the registry (" +
          std::to_string(pruned.manifests) + " manifests, " + std::to_string(pruned.results) + " results, " +
          std::to_string(pruned.slices) + " slices); " + format_bytes(pruned.registry_bytes_left) + (dry ? " would stay" : " stay") + "\n";
  if (pruned.in_use > 0) text += std::to_string(pruned.in_use) + (dry ? " are in use and would stay\n" : " were in use and stayed\n");
  text += agent_lines(pruned);
  if (garbage.done) text += "the registry's disk: " + format_bytes(garbage.freed_bytes) + " freed by its garbage collection\n";
  if (!garbage.advice.empty()) text += "note: " + garbage.advice + "\n";
  return text + lines(pruned.notes);
}

std::string render_cleaned(const protocol::Pruned& pruned, const std::string& project) {
  std::string text = std::string(pruned.dry_run ? "would forget " : "forgot ") + std::to_string(pruned.results) + " results and " +
                     std::to_string(pruned.slices) + " slices of project " + project + " (" + format_bytes(pruned.registry_bytes) +
                     " in the registry)\n";
  if (pruned.shared > 0) text += std::to_string(pruned.shared) + " results stay: other projects use them too\n";
  if (pruned.in_use > 0) text += std::to_string(pruned.in_use) + " are in use and stay\n";
  text += agent_lines(pruned);
  if (!pruned.dry_run && pruned.results > 0) text += "the next build of " + project + " is cold\n";
  return text + lines(pruned.notes);
}

}  // namespace farm::ctl
