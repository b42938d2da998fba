#include <utility>

#include "shared/compose/canonical.hpp"
#include "shared/compose/keys.hpp"

namespace farm::compose {
namespace {

Node field_map(const Node& like) {
  Node node = make_map(like.at);
  node.key_at = like.key_at;
  node.tag = like.tag;
  return node;
}

Node secret_of(const Node& item, Reader& reader) {
  Node entry = field_map(item);
  if (item.is_scalar()) {
    entry.fields["source"] = item;
  } else if (item.is_map()) {
    check_keys(item, {"source", "target", "uid", "gid", "mode"}, reader.where() + ": build.secrets", reader.report());
    reader.scalar(item, "source", entry);
    reader.scalar(item, "target", entry);
  } else {
    reader.wrong_type(item, "build.secrets[]", "a secret's name or {source: …, target: …}");
  }
  return entry;
}

void read_secrets(const Node& build, Reader& reader, Node& into) {
  const Node* value = Reader::present(build, "secrets", into);
  if (value == nullptr) return;
  if (!value->is_sequence()) return reader.wrong_type(*value, "build.secrets", "a list");
  Node result = field_map(*value);
  result.kind = Kind::Sequence;
  for (const Node& item : value->items) {
    Node entry = secret_of(item, reader);
    if (entry.find("source") != nullptr) {
      result.items.push_back(std::move(entry));
    } else {
      reader.report().error(item.at, reader.where() + ": an entry of build.secrets must name its source");
    }
  }
  into.fields["secrets"] = std::move(result);
}

// "host:address", "host=address", or {host: address or list of addresses} → "host=address" lines.
void read_extra_hosts(const Node& build, Reader& reader, Node& into) {
  const Node* value = Reader::present(build, "extra_hosts", into);
  if (value == nullptr) return;
  Node result = field_map(*value);
  result.kind = Kind::Sequence;
  const auto add = [&result](const std::string& line, const Node& like) { result.items.push_back(make_scalar(line, like.at)); };
  if (value->is_sequence()) {
    for (const Node& item : value->items) {
      std::string line;
      if (!reader.text_of(item, "build.extra_hosts[]", true, line)) continue;
      const std::size_t equals = line.find('=');
      const std::size_t separator = equals != std::string::npos ? equals : line.find(':');
      if (separator == std::string::npos) {
        reader.report().error(item.at, reader.where() + ": build.extra_hosts: \"" + line + "\" is not HOST=ADDRESS");
        continue;
      }
      line[separator] = '=';
      add(line, item);
    }
  } else if (value->is_map()) {
    for (const auto& [host, address] : value->fields) {
      std::string text;
      if (!address.is_sequence()) {
        if (reader.text_of(address, "build.extra_hosts." + host, true, text)) add(host + "=" + text, address);
        continue;
      }
      for (const Node& item : address.items) {
        if (reader.text_of(item, "build.extra_hosts." + host, true, text)) add(host + "=" + text, item);
      }
    }
  } else {
    return reader.wrong_type(*value, "build.extra_hosts", "a list or a mapping");
  }
  into.fields["extra_hosts"] = std::move(result);
}

void read_strings(const Node& build, Reader& reader, Node& into) {
  for (const std::string key : {"context", "dockerfile", "dockerfile_inline", "target", "network", "isolation"}) {
    reader.scalar(build, key, into);
    Node* value = into.find(key);
    std::string text;
    if (value != nullptr && value->is_scalar() && reader.text_of(*value, key, false, text)) value->text = text;
  }
}

}  // namespace

Node canonical_build(const Node& build, const std::string& where, Report& report) {
  Reader reader(where + ": build", report);
  Node result = field_map(build);
  if (build.is_scalar()) {
    result.fields["context"] = build;
    result.fields["context"].tag = MergeTag::None;
    return result;
  }
  if (!build.is_map()) {
    Reader(where, report).wrong_type(build, "build", "a path or a mapping");
    return result;
  }
  check_keys(build, build_keys(), where + ": build", report);
  read_strings(build, reader, result);
  for (const std::string key : {"shm_size", "no_cache", "pull", "privileged", "provenance", "sbom"}) reader.scalar(build, key, result);
  for (const std::string key : {"tags", "platforms", "cache_from", "cache_to", "entitlements"}) reader.list(build, key, result);
  reader.mapping(build, "args", result, true);
  reader.mapping(build, "ssh", result, true);
  reader.mapping(build, "labels", result, false);
  reader.mapping(build, "additional_contexts", result, false);
  read_extra_hosts(build, reader, result);
  read_secrets(build, reader, result);
  if (const Node* ulimits = Reader::present(build, "ulimits", result)) result.fields["ulimits"] = field_map(*ulimits);
  return result;
}

}  // namespace farm::compose
