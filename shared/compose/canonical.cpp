#include "shared/compose/canonical.hpp"

#include <utility>

#include "shared/compose/keys.hpp"

namespace farm::compose {
namespace {

Node empty_map(const Node& like) {
  Node node = make_map(like.at);
  node.key_at = like.key_at;
  node.tag = like.tag;
  return node;
}

void add_dependency(Node& into, const std::string& name, const Node& like) {
  Node* dependencies = into.find("depends_on");
  if (dependencies == nullptr || !dependencies->is_map()) {
    dependencies = &(into.fields["depends_on"] = empty_map(like));
    dependencies->tag = MergeTag::None;
  }
  dependencies->fields.try_emplace(name, empty_map(like));
}

// depends_on: [a, b] or {a: {condition: …, required: false}}.
void read_depends_on(const Node& service, Reader& reader, Node& into) {
  const Node* value = Reader::present(service, "depends_on", into);
  if (value == nullptr) return;
  Node result = empty_map(*value);
  if (value->is_map()) {
    for (const auto& [name, item] : value->fields) {
      Node entry = item;
      if (entry.is_null() && entry.tag == MergeTag::None) entry.kind = Kind::Map;
      if (!entry.is_map() && !entry.is_null()) reader.wrong_type(item, "depends_on." + name, "a mapping");
      result.fields[name] = std::move(entry);
    }
  } else if (value->is_sequence()) {
    for (const Node& item : value->items) {
      std::string name;
      if (reader.text_of(item, "depends_on[]", true, name)) result.fields.try_emplace(name, empty_map(item));
    }
  } else {
    return reader.wrong_type(*value, "depends_on", "a list or a mapping of services");
  }
  into.fields["depends_on"] = std::move(result);
}

// Keys that make a service need another one, as compose adds them to depends_on.
void read_implied_dependencies(const Node& service, Node& into) {
  for (const std::string key : {"links", "volumes_from"}) {
    const Node* value = service.find(key);
    if (value == nullptr || !value->is_sequence()) continue;
    for (const Node& item : value->items) {
      if (!item.is_scalar() || (key == "volumes_from" && item.text.starts_with("container:"))) continue;
      add_dependency(into, item.text.substr(0, item.text.find(':')), item);
    }
  }
  for (const std::string key : {"network_mode", "ipc", "pid", "uts", "cgroup"}) {
    const Node* value = service.find(key);
    if (value != nullptr && value->is_scalar() && value->text.starts_with("service:")) add_dependency(into, value->text.substr(8), *value);
  }
}

void read_extends(const Node& service, Reader& reader, Node& into) {
  const Node* value = Reader::present(service, "extends", into);
  if (value == nullptr) return;
  Node result = empty_map(*value);
  if (value->is_scalar()) {
    result.fields["service"] = *value;
  } else if (value->is_map()) {
    check_keys(*value, {"service", "file"}, reader.where() + ": extends", reader.report());
    reader.scalar(*value, "service", result);
    reader.scalar(*value, "file", result);
  } else {
    return reader.wrong_type(*value, "extends", "a service's name or {service: …, file: …}");
  }
  if (result.find("service") == nullptr) {
    reader.report().error(value->at, reader.where() + ": \"extends\" must name a service");
    return;
  }
  into.fields["extends"] = std::move(result);
}

void read_x_farm(const Node& service, const std::string& where, Report& report, Node& into) {
  const Node* value = Reader::present(service, "x-farm", into);
  if (value == nullptr) return;
  Reader reader(where + ": x-farm", report);
  if (!value->is_map()) return reader.wrong_type(*value, "x-farm", "a mapping");
  check_keys(*value, {"slice", "needs", "labels"}, where + ": x-farm", report);
  Node result = empty_map(*value);
  reader.scalar(*value, "slice", result);
  reader.list(*value, "needs", result, true);
  reader.mapping(*value, "labels", result, false);
  into.fields["x-farm"] = std::move(result);
}

void read_string(const Node& service, const std::string& key, Reader& reader, Node& into) {
  reader.scalar(service, key, into);
  Node* value = into.find(key);
  std::string text;
  if (value != nullptr && value->is_scalar() && reader.text_of(*value, key, false, text)) value->text = text;
}

}  // namespace

Node canonical_service(const Node& service, const std::string& name, Report& report) {
  const std::string where = "service \"" + name + "\"";
  Reader reader(where, report);
  Node result = empty_map(service);
  if (!service.is_map()) {
    if (service.tag != MergeTag::Reset) {
      report.error(service.key_at, where + " must be a mapping, not " + std::string(to_string(service.kind)));
    }
    return result;
  }
  check_keys(service, service_keys(), where, report);
  read_string(service, "image", reader, result);
  read_string(service, "platform", reader, result);
  reader.list(service, "profiles", result);
  read_depends_on(service, reader, result);
  read_implied_dependencies(service, result);
  read_extends(service, reader, result);
  read_x_farm(service, where, report, result);
  if (service.find("provider") != nullptr) result.fields["provider"] = empty_map(*service.find("provider"));
  const Node* build = service.find("build");
  if (build != nullptr) {
    const Node* value = Reader::present(service, "build", result);
    if (value != nullptr) result.fields["build"] = canonical_build(*value, where, report);
    if (build->is_null() && build->tag == MergeTag::None) reader.wrong_type(*build, "build", "a path or a mapping");
  }
  return result;
}

Node canonical_secrets(const Node& secrets, Report& report) {
  Node result = empty_map(secrets);
  if (secrets.is_null()) return result;
  if (!secrets.is_map()) {
    report.error(secrets.at, "\"secrets\" must be a mapping, not " + std::string(to_string(secrets.kind)));
    return result;
  }
  for (const auto& [name, secret] : secrets.fields) {
    Reader reader("secret \"" + name + "\"", report);
    Node entry = empty_map(secret);
    if (secret.is_map()) {
      check_keys(secret, {"file", "environment", "external", "name", "labels", "driver", "driver_opts", "template_driver"}, reader.where(),
                 report);
      reader.scalar(secret, "file", entry);
      reader.scalar(secret, "environment", entry);
      reader.scalar(secret, "external", entry);
    } else if (!secret.is_null()) {
      reader.wrong_type(secret, "secrets." + name, "a mapping");
    }
    result.fields[name] = std::move(entry);
  }
  return result;
}

}  // namespace farm::compose
