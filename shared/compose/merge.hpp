// Purpose: internal to shared/compose: one value over another by Compose's rules, for services in canonical form (canonical.hpp).
#pragma once

#include "shared/compose/node.hpp"

namespace farm::compose {

// Mappings merge by key, lists are appended, the rest is replaced; a !reset value removes, an !override value replaces.
void merge_onto(Node& base, Node over);

// Carries out the tags of a value that was merged onto nothing: !reset values vanish, !override values are ordinary ones.
void settle(Node& node);

}  // namespace farm::compose
