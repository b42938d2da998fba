// Purpose: internal to shared/compose: a YAML value with the place where it stands, free of yaml-cpp. Merge keys and aliases are already
// resolved.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace farm::compose {

// Where a value stands. `file` indexes Report's list of files; line and column count from 1.
struct Mark {
  std::uint32_t file = 0;
  int line = 0;
  int column = 0;
};

enum class Kind : std::uint8_t { Null, Scalar, Sequence, Map };

// The two tags of the Compose specification: what a value does to the one that it is merged onto.
enum class MergeTag : std::uint8_t { None, Reset, Override };

struct Node {
  Kind kind = Kind::Null;
  MergeTag tag = MergeTag::None;
  bool plain = false;                  // a scalar without quotes or !!str: it may be a number or a boolean
  bool resolved = false;               // a path that is already relative to the tree's root (it came from an included or extended file)
  Mark at;                             // of the value
  Mark key_at;                         // of the key, for a map's value
  std::string text;                    // Scalar
  std::vector<Node> items;             // Sequence
  std::map<std::string, Node> fields;  // Map

  [[nodiscard]] bool is_map() const { return kind == Kind::Map; }
  [[nodiscard]] bool is_sequence() const { return kind == Kind::Sequence; }
  [[nodiscard]] bool is_scalar() const { return kind == Kind::Scalar; }
  [[nodiscard]] bool is_null() const { return kind == Kind::Null; }
  // Null where there is no such field.
  [[nodiscard]] const Node* find(const std::string& key) const;
  [[nodiscard]] Node* find(const std::string& key);
};

Node make_scalar(std::string text, Mark at);
Node make_map(Mark at);
bool same_value(const Node& a, const Node& b);  // places aside

// What a copy of the node costs.
struct Weight {
  std::size_t nodes = 0;
  std::size_t bytes = 0;  // of text and keys
  std::size_t depth = 0;
};
Weight weigh(const Node& node);

std::string_view to_string(Kind kind);  // "a mapping", as a message says it

}  // namespace farm::compose
