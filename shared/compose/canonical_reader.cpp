#include <utility>

#include "shared/compose/canonical.hpp"
#include "shared/compose/yaml_scalar.hpp"

namespace farm::compose {
namespace {

// Keeps the place and the merge tag of what was written.
Node shaped(Kind kind, const Node& like) {
  Node node;
  node.kind = kind;
  node.tag = like.tag;
  node.at = like.at;
  node.key_at = like.key_at;
  node.resolved = like.resolved;
  return node;
}

}  // namespace

const Node* Reader::present(const Node& from, const std::string& key, Node& into) {
  const Node* value = from.find(key);
  if (value == nullptr) return nullptr;
  if (value->tag == MergeTag::Reset) {
    into.fields[key] = shaped(Kind::Null, *value);
    return nullptr;
  }
  return value->is_null() ? nullptr : value;
}

void Reader::wrong_type(const Node& value, const std::string& key, const std::string& wanted) {
  report_.error(value.at, where_ + ": \"" + key + "\" must be " + wanted + ", not " + std::string(to_string(value.kind)));
}

bool Reader::text_of(const Node& value, const std::string& key, bool number_allowed, std::string& text) {
  if (!value.is_scalar()) {
    wrong_type(value, key, "a string");
    return false;
  }
  const std::optional<std::string> typed = value.plain ? plain_typed(value.text) : std::nullopt;
  if (typed && !number_allowed) {
    report_.error(value.at, where_ + ": \"" + key + "\" must be a string: write \"" + value.text + "\" in quotes");
    return false;
  }
  if (typed && *typed != value.text && *typed != "true" && *typed != "false") {
    report_.warning(value.at, where_ + ": " + key + ": YAML reads " + value.text + " as a number, which becomes \"" + *typed +
                                  "\"; write it in quotes if you mean the text");
  }
  text = typed ? *typed : value.text;
  return true;
}

void Reader::scalar(const Node& from, const std::string& key, Node& into) {
  const Node* value = present(from, key, into);
  if (value == nullptr) return;
  if (!value->is_scalar()) return wrong_type(*value, key, "a single value");
  into.fields[key] = *value;
}

void Reader::list(const Node& from, const std::string& key, Node& into, bool single_allowed) {
  const Node* value = present(from, key, into);
  if (value == nullptr) return;
  Node result = shaped(Kind::Sequence, *value);
  if (value->is_scalar() && single_allowed) {
    result.items.push_back(*value);
  } else if (!value->is_sequence()) {
    return wrong_type(*value, key, "a list");
  } else {
    for (const Node& item : value->items) {
      Node entry = shaped(Kind::Scalar, item);
      if (text_of(item, key + "[]", false, entry.text)) result.items.push_back(std::move(entry));
    }
  }
  into.fields[key] = std::move(result);
}

void Reader::mapping(const Node& from, const std::string& key, Node& into, bool null_allowed) {
  const Node* value = present(from, key, into);
  if (value == nullptr) return;
  Node result = shaped(Kind::Map, *value);
  const auto add = [&](const std::string& name, const Node& item, std::string text, bool has_value) {
    Node entry = shaped(has_value ? Kind::Scalar : Kind::Null, item);
    entry.text = std::move(text);
    result.fields[name] = std::move(entry);
  };
  if (value->is_map()) {
    for (const auto& [name, item] : value->fields) {
      std::string text;
      if (item.is_null() || item.tag == MergeTag::Reset) {
        add(name, item, "", item.tag != MergeTag::Reset && !null_allowed);
      } else if (text_of(item, key + "." + name, true, text)) {
        add(name, item, std::move(text), true);
      }
    }
  } else if (value->is_sequence()) {
    for (const Node& item : value->items) {
      std::string text;
      if (!text_of(item, key + "[]", true, text)) continue;
      const std::size_t equals = text.find('=');
      const bool has_value = equals != std::string::npos || !null_allowed;
      add(text.substr(0, equals), item, equals == std::string::npos ? "" : text.substr(equals + 1), has_value);
    }
  } else {
    return wrong_type(*value, key, "a mapping or a list of NAME=value");
  }
  into.fields[key] = std::move(result);
}

}  // namespace farm::compose
