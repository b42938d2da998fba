#include "shared/compose/merge.hpp"

#include <iterator>
#include <utility>

namespace farm::compose {

void settle(Node& node) {
  node.tag = MergeTag::None;
  std::erase_if(node.items, [](const Node& item) { return item.tag == MergeTag::Reset; });
  for (Node& item : node.items) settle(item);
  for (auto it = node.fields.begin(); it != node.fields.end();) {
    if (it->second.tag == MergeTag::Reset) {
      it = node.fields.erase(it);
    } else {
      settle(it->second);
      ++it;
    }
  }
}

void merge_onto(Node& base, Node over) {
  if (over.tag == MergeTag::Override || base.kind != over.kind || over.is_scalar() || over.is_null()) {
    settle(over);
    base = std::move(over);
    return;
  }
  base.at = over.at;
  base.key_at = over.key_at;
  if (over.is_sequence()) {
    settle(over);
    base.items.insert(base.items.end(), std::make_move_iterator(over.items.begin()), std::make_move_iterator(over.items.end()));
    return;
  }
  for (auto& [key, value] : over.fields) {
    if (value.tag == MergeTag::Reset) {
      base.fields.erase(key);
      continue;
    }
    const auto found = base.fields.find(key);
    if (found != base.fields.end()) {
      merge_onto(found->second, std::move(value));
    } else {
      settle(value);
      base.fields.emplace(key, std::move(value));
    }
  }
}

}  // namespace farm::compose
