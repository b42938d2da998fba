// Purpose: the tag that keeps a result which nobody publishes from the registry's garbage collection. Pure.
#pragma once

#include <string>

#include "shared/base/digest.hpp"

namespace farm::coordinator {

inline std::string tag_of_key(const Digest& key) { return "k-" + key.hex().substr(0, 32); }

}  // namespace farm::coordinator
