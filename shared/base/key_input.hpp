// Purpose: one named thing that went into a key, kept beside it, so that `explain` can say which of them changed.
#pragma once

#include <string>

namespace farm {

struct KeyInput {
  std::string name;   // "slice crate:rust_core"
  std::string value;  // at most 256 bytes where it is stored or sent: long values are given by digest
  friend bool operator==(const KeyInput&, const KeyInput&) = default;
};

}  // namespace farm
