#include "farmctl/render/plan_text.hpp"

#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "farmctl/render/text.hpp"

namespace farm::ctl {
namespace {

std::map<JobIndex, std::vector<std::string>> services_of(const Plan& plan) {
  std::map<JobIndex, std::vector<std::string>> services;
  for (const ServicePlan& service : plan.services) services[service.job].push_back(service.service);
  return services;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::uint64_t context_bytes(const Plan& plan, const JobSpec& job) {
  std::map<Digest, std::uint64_t> bytes;
  for (const SliceInfo& slice : plan.slices) bytes[slice.id] = slice.bytes;
  std::uint64_t sum = 0;
  for (const SliceUse& use : job.slices) sum += bytes[use.id];
  return sum;
}

class Tree {
 public:
  explicit Tree(const Plan& plan) : plan_(plan), services_(services_of(plan)) {}

  std::string text() {
    std::string out = plan_.project + ": " + count_of(plan_.services.size(), "service") + ", " + count_of(plan_.jobs.size(), "job") + ", " +
                      count_of(plan_.slices.size(), "slice") + "\n";
    std::vector<JobIndex> roots;
    for (JobIndex i = 0; i < plan_.jobs.size(); ++i) {
      if (services_.contains(i)) roots.push_back(i);
    }
    for (std::size_t i = 0; i < roots.size(); ++i) out += branch(roots[i], "", i + 1 == roots.size(), "");
    return out;
  }

 private:
  std::string branch(JobIndex index, const std::string& indent, bool last, const std::string& how) {
    const JobSpec& job = plan_.jobs[index];
    std::string line = indent + (last ? "└─ " : "├─ ") + job.name;
    if (const auto found = services_.find(index); found != services_.end()) line += "  (" + joined(found->second) + ")";
    if (!how.empty()) line += "  " + how;
    if (!shown_.insert(index).second) return line + (job.inputs.empty() ? "\n" : "  (above)\n");
    if (job.kind != JobKind::Image && !job.bins.empty()) line += "  [" + joined(job.bins) + "]";
    line += "  " + count_of(job.slices.size(), "slice") + ", " + format_bytes(context_bytes(plan_, job)) + "\n";
    const std::string below = indent + (last ? "   " : "│  ");
    const bool route = job.compile_route.has_value();
    for (std::size_t i = 0; i < job.inputs.size(); ++i) {
      const StageInput& input = job.inputs[i];
      const std::string replaces = input.stage.empty() ? "(first)" : "(as stage " + input.stage + ")";
      line += branch(input.job, below, i + 1 == job.inputs.size() && !route, replaces);
    }
    if (route) line += branch(job.compile_route->job, below, true, "(or as stage " + job.compile_route->stage + ", if several are built)");
    return line;
  }

  const Plan& plan_;
  std::map<JobIndex, std::vector<std::string>> services_;
  std::set<JobIndex> shown_;
};

nlohmann::ordered_json job_json(const Plan& plan, JobIndex index) {
  const JobSpec& job = plan.jobs[index];
  nlohmann::ordered_json json;
  json["name"] = job.name;
  json["kind"] = to_string(job.kind);
  json["key_inputs"] = nlohmann::ordered_json::object();
  for (const KeyInput& input : job.key_inputs) json["key_inputs"][input.name] = input.value;
  json["client_key"] = client_key(job).oci();
  json["target"] = job.target;
  json["platform"] = job.platform;
  json["args"] = job.args;
  json["bins"] = job.bins;
  json["bases"] = nlohmann::ordered_json::array();
  for (const BaseImage& base : job.bases) json["bases"].push_back(base.reference);
  json["needs"] = nlohmann::ordered_json::array();
  for (const StageInput& input : job.inputs) json["needs"].push_back({{"job", plan.jobs[input.job].name}, {"stage", input.stage}});
  if (job.compile_route) {
    json["compile_route"] = {
        {"job", plan.jobs[job.compile_route->job].name}, {"stage", job.compile_route->stage}, {"bin", job.compile_route->bin}};
  }
  std::map<Digest, std::string> names;
  for (const SliceInfo& slice : plan.slices) names[slice.id] = slice.name;
  json["slices"] = nlohmann::ordered_json::array();
  for (const SliceUse& use : job.slices)
    json["slices"].push_back({{"name", names[use.id]}, {"id", use.id.oci()}, {"compiled_below", use.compiled_below}});
  return json;
}

std::string dot_quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

// Names of files need not be UTF-8; what isn't is replaced.
std::string dumped(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string render_plan_tree(const Plan& plan) { return Tree(plan).text(); }

std::string render_plan_json(const Plan& plan) {
  nlohmann::ordered_json json;
  json["schema"] = "farm.plan.v1";
  json["project"] = plan.project;
  json["services"] = nlohmann::ordered_json::array();
  for (const ServicePlan& service : plan.services) {
    json["services"].push_back(
        {{"service", service.service}, {"job", plan.jobs[service.job].name}, {"image", service.image}, {"tags", service.tags}});
  }
  json["jobs"] = nlohmann::ordered_json::array();
  for (JobIndex i = 0; i < plan.jobs.size(); ++i) json["jobs"].push_back(job_json(plan, i));
  json["slices"] = nlohmann::ordered_json::array();
  for (const SliceInfo& slice : plan.slices)
    json["slices"].push_back({{"name", slice.name}, {"id", slice.id.oci()}, {"bytes", slice.bytes}});
  json["notes"] = nlohmann::ordered_json::array();
  for (const Diagnostic& note : plan.notes) json["notes"].push_back(to_string(note));
  return dumped(json);
}

std::string render_plan_dot(const Plan& plan) {
  std::string text = "digraph " + dot_quoted(plan.project) + " {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n";
  for (const JobSpec& job : plan.jobs) text += "  " + dot_quoted(job.name) + ";\n";
  for (const JobSpec& job : plan.jobs) {
    for (const StageInput& input : job.inputs) {
      text += "  " + dot_quoted(plan.jobs[input.job].name) + " -> " + dot_quoted(job.name) + " [label=" + dot_quoted(input.stage) + "];\n";
    }
    if (job.compile_route)
      text += "  " + dot_quoted(plan.jobs[job.compile_route->job].name) + " -> " + dot_quoted(job.name) + " [style=dashed];\n";
  }
  return text + "}\n";
}

}  // namespace farm::ctl
