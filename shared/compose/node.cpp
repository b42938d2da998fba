#include "shared/compose/node.hpp"

#include <algorithm>
#include <utility>

namespace farm::compose {

const Node* Node::find(const std::string& key) const {
  const auto found = fields.find(key);
  return found == fields.end() ? nullptr : &found->second;
}

Node* Node::find(const std::string& key) {
  const auto found = fields.find(key);
  return found == fields.end() ? nullptr : &found->second;
}

Node make_scalar(std::string text, Mark at) {
  Node node;
  node.kind = Kind::Scalar;
  node.at = at;
  node.key_at = at;
  node.text = std::move(text);
  return node;
}

Node make_map(Mark at) {
  Node node;
  node.kind = Kind::Map;
  node.at = at;
  node.key_at = at;
  return node;
}

bool same_value(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.text != b.text || a.items.size() != b.items.size() || a.fields.size() != b.fields.size()) return false;
  for (std::size_t index = 0; index < a.items.size(); ++index) {
    if (!same_value(a.items[index], b.items[index])) return false;
  }
  return std::equal(a.fields.begin(), a.fields.end(), b.fields.begin(),
                    [](const auto& x, const auto& y) { return x.first == y.first && same_value(x.second, y.second); });
}

Weight weigh(const Node& node) {
  Weight weight{1, node.text.size(), 1};
  const auto add = [&weight](const Node& child, std::size_t key_bytes) {
    const Weight inner = weigh(child);
    weight.nodes += inner.nodes;
    weight.bytes += inner.bytes + key_bytes;
    weight.depth = std::max(weight.depth, inner.depth + 1);
  };
  for (const Node& item : node.items) add(item, 0);
  for (const auto& [key, child] : node.fields) add(child, key.size());
  return weight;
}

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::Null: return "nothing";
    case Kind::Scalar: return "a single value";
    case Kind::Sequence: return "a list";
    case Kind::Map: return "a mapping";
  }
  return "?";
}

}  // namespace farm::compose
