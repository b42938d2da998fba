#include "shared/compose/service_source.hpp"

#include <algorithm>
#include <string_view>

#include "shared/compose/canonical.hpp"
#include "shared/compose/merge.hpp"
#include "shared/compose/read_compose.hpp"
#include "shared/compose/suggest.hpp"

namespace farm::compose {
namespace {

// The merge with the extended service has carried the tags out; they are needed once more, for the merge onto earlier files.
void keep_tags(Node& merged, const Node& over) {
  for (const auto& [key, value] : over.fields) {
    if (value.tag == MergeTag::Reset) {
      merged.fields[key] = value;
      continue;
    }
    Node* found = merged.find(key);
    if (found == nullptr) continue;
    found->tag = value.tag;
    keep_tags(*found, value);
  }
}

std::vector<std::string_view> names_of(const Node& map) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : map.fields) names.emplace_back(name);
  return names;
}

}  // namespace

const Node* ServiceSource::resolve(const std::string& name) { return resolve(name, shared_); }

const Node* ServiceSource::resolve(const std::string& name, Shared& shared) {
  const auto known = done_.find(name);
  if (known != done_.end()) return &known->second;
  const Node* raw = services_.find(name);
  if (raw == nullptr) return nullptr;
  const Step step{path_, name};
  if (std::find(shared.chain.begin(), shared.chain.end(), step) != shared.chain.end()) {
    loader_.report_.error(raw->key_at, "service \"" + name + "\": `extends` goes in a circle: " + circle(shared, step));
    return nullptr;
  }
  if (shared.chain.size() >= limits::kExtendsDepthMax) {
    loader_.report_.error(raw->key_at, "service \"" + name + "\": `extends` is deeper than the limit of " +
                                           std::to_string(limits::kExtendsDepthMax) + " services");
    return nullptr;
  }
  shared.chain.push_back(step);
  Node service = canonical_service(*raw, name, loader_.report_);
  if (foreign_) resolve_service_paths(service, parent_path(path_), loader_.paths_, loader_.report_);
  const bool good = extend(service, name, shared);
  shared.chain.pop_back();
  return good ? &done_.emplace(name, std::move(service)).first->second : nullptr;
}

bool ServiceSource::extend(Node& service, const std::string& name, Shared& shared) {
  const auto found = service.fields.find("extends");
  if (found == service.fields.end()) return true;
  const Node reference = std::move(found->second);
  service.fields.erase(found);
  const Node* wanted = reference.find("service");
  const Node* file = reference.find("file");
  if (wanted == nullptr) return true;  // a !reset extends
  ServiceSource* source = this;
  if (file != nullptr && file->is_scalar()) {
    const std::optional<std::string> path = loader_.inside(foreign_ ? parent_path(path_) : scope_.directory, *file);
    if (!path) return false;
    if (*path != path_) source = open(*path, file->at, shared);
    if (source == nullptr) return false;
  }
  const std::size_t before = shared.chain.size();
  const Node* base = source->resolve(wanted->text, shared);
  if (base == nullptr) {
    if (source->services_.find(wanted->text) == nullptr && !loader_.report_.full()) {
      loader_.report_.error(wanted->at, "service \"" + name + "\" extends \"" + wanted->text + "\", which is not in " + source->path_ +
                                            did_you_mean(wanted->text, names_of(source->services_)));
    }
    return false;
  }
  FARM_ASSERT(shared.chain.size() == before);
  if (!loader_.budget_.charge(weigh(*base))) {
    loader_.report_.error(reference.at, "service \"" + name + "\": the project grows beyond the limit of values that `extends` may copy");
    return false;
  }
  Node merged = *base;
  settle(merged);
  merge_onto(merged, service);
  keep_tags(merged, service);
  service = std::move(merged);
  return true;
}

ServiceSource* ServiceSource::open(const std::string& path, Mark from, Shared& shared) {
  const auto known = shared.files.find(path);
  if (known != shared.files.end()) return known->second.source.get();
  const std::vector<Node>& documents = loader_.documents(path, from);
  const auto document = std::find_if(documents.begin(), documents.end(), [](const Node& node) {
    const Node* services = node.find("services");
    return services != nullptr && services->is_map();
  });
  if (document == documents.end()) {
    if (!documents.empty()) loader_.report_.error(from, "extending from " + path + ": the file has no services");
    return nullptr;
  }
  Foreign& foreign = shared.files[path];
  if (!loader_.budget_.charge(weigh(*document))) return nullptr;
  foreign.document = *document;
  interpolate_tree(foreign.document, scope_.variables, loader_.growth_left_, loader_.report_);
  foreign.source = std::make_unique<ServiceSource>(loader_, scope_, path, *foreign.document.find("services"), true);
  return foreign.source.get();
}

std::string ServiceSource::circle(const Shared& shared, const Step& step) const {
  std::string text;
  for (auto at = std::find(shared.chain.begin(), shared.chain.end(), step); at != shared.chain.end(); ++at) {
    text += at->second + " (" + at->first + ") → ";
  }
  return text + step.second;
}

}  // namespace farm::compose
