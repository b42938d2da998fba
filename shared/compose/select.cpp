#include "shared/compose/select.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "shared/compose/names.hpp"
#include "shared/compose/suggest.hpp"
#include "shared/compose/yaml_scalar.hpp"

namespace farm::compose {
namespace {

// One service needing another: start order, or an edge between builds.
struct Need {
  std::string name;
  Mark at;
  std::string how;  // "depends_on", "build.additional_contexts.x", "x-farm.needs"
  bool required = true;
  bool build = false;    // an edge between builds, not start order
  bool context = false;  // of additional_contexts
};

std::vector<Need> needs_of(const Node& service) {
  std::vector<Need> needs;
  if (const Node* dependencies = service.find("depends_on")) {
    for (const auto& [name, entry] : dependencies->fields) {
      const Node* required = entry.find("required");
      const bool optional = required != nullptr && required->is_scalar() && parse_bool(required->text) == false;
      needs.push_back({name, entry.key_at, "depends_on", !optional, false, false});
    }
  }
  if (const Node* build = service.find("build")) {
    if (const Node* contexts = build->find("additional_contexts")) {
      for (const auto& [name, entry] : contexts->fields) {
        if (!entry.text.starts_with("service:")) continue;
        needs.push_back({entry.text.substr(8), entry.at, "build.additional_contexts." + name, true, true, true});
      }
    }
  }
  if (const Node* x_farm = service.find("x-farm")) {
    if (const Node* list = x_farm->find("needs")) {
      for (const Node& item : list->items) needs.push_back({item.text, item.at, "x-farm.needs", true, true, false});
    }
  }
  return needs;
}

class Selection {
 public:
  Selection(const Node& services, const ExtractContext& context, ComposeProject& project, Report& report)
      : services_(services), context_(context), project_(project), report_(report) {}

  void run(const std::set<std::string>& profiles, const std::vector<std::string>& wanted) {
    for (const auto& [name, node] : services_.fields) {
      if (!is_service_name(name)) {
        report_.error(node.key_at, "service \"" + name.substr(0, 80) + "\": a service's name has letters, digits, '.', '-' and '_' only");
      } else if (is_active(name, node, profiles, wanted)) {
        active_.insert(name);
      }
    }
    find_needed();
    for (const auto& [name, node] : services_.fields) add(name, node);
    find_circles(false, "depends_on");
    find_circles(true, "builds that need each other");
  }

 private:
  static bool is_active(const std::string& name, const Node& node, const std::set<std::string>& profiles,
                        const std::vector<std::string>& wanted) {
    const std::vector<std::string> own = list_at(node, "profiles");
    return own.empty() || profiles.contains("*") || std::find(wanted.begin(), wanted.end(), name) != wanted.end() ||
           std::any_of(own.begin(), own.end(), [&](const std::string& profile) { return profiles.contains(profile); });
  }

  // Follows what active services need, in the order of names, so that messages are the same each time.
  void find_needed() {
    std::vector<std::string> open(active_.rbegin(), active_.rend());
    std::set<std::string> seen = active_;
    while (!open.empty()) {
      const std::string name = std::move(open.back());
      open.pop_back();
      const Node& node = *services_.find(name);
      for (Need& need : needs_of(node)) {
        if (services_.find(need.name) == nullptr) {
          report_unknown(name, need);
          continue;
        }
        if (need.context && services_.find(need.name)->find("build") == nullptr) {
          report_.error(need.at, "service \"" + name + "\": " + need.how + " names the service \"" + need.name + "\", which has no build");
        }
        if (!need.required && !active_.contains(need.name)) continue;
        edges_[name].push_back(need);
        if (!seen.insert(need.name).second) continue;
        report_.note(need.at, "service \"" + need.name + "\" is in no active profile, but \"" + name + "\" needs it (" + need.how +
                                  "), so it is included");
        open.push_back(need.name);
      }
    }
    needed_ = std::move(seen);
  }

  void report_unknown(const std::string& name, const Need& need) {
    if (report_.full()) return;
    std::vector<std::string_view> known;
    for (const auto& [other, node] : services_.fields) known.emplace_back(other);
    report_.error(need.at, "service \"" + name + "\": " + need.how + " names the service \"" + need.name + "\", which does not exist" +
                               did_you_mean(need.name, known));
  }

  void add(const std::string& name, const Node& node) {
    if (!needed_.contains(name)) {
      project_.inactive.push_back(name);
      return;
    }
    Service service = extract_service(name, node, context_, report_);
    service.active = active_.contains(name);
    std::erase_if(service.depends_on, [&](const std::string& other) { return !needed_.contains(other); });
    project_.services.push_back(std::move(service));
  }

  void find_circles(bool build, const std::string& what) {
    std::map<std::string, int> state;  // 1: on the way, 2: done
    std::vector<std::string> way;
    const std::function<bool(const std::string&)> visit = [&](const std::string& name) {
      int& mark = state[name];
      if (mark == 2) return true;
      way.push_back(name);
      if (mark == 1) return false;
      mark = 1;
      for (const Need& need : edges_[name]) {
        if (need.build == build && !visit(need.name)) return false;
      }
      way.pop_back();
      state[name] = 2;
      return true;
    };
    for (const auto& [name, node] : services_.fields) {
      if (!needed_.contains(name) || visit(name)) continue;
      std::string circle;
      for (auto at = std::find(way.begin(), way.end(), way.back()); at != way.end(); ++at) circle += (circle.empty() ? "" : " → ") + *at;
      report_.error(services_.find(way.back())->key_at, what + " go in a circle: " + circle);
      return;
    }
  }

  const Node& services_;
  const ExtractContext& context_;
  ComposeProject& project_;
  Report& report_;
  std::set<std::string> active_;
  std::set<std::string> needed_;  // with the active ones
  std::map<std::string, std::vector<Need>> edges_;
};

}  // namespace

void select_services(const Node& services, const ExtractContext& context, const std::set<std::string>& profiles,
                     const std::vector<std::string>& wanted, ComposeProject& project, Report& report) {
  Selection(services, context, project, report).run(profiles, wanted);
}

}  // namespace farm::compose
