// Purpose: who may say what. Pure. Agents speak only in their own name; clients act on their projects; readers only look; admins may all.
#pragma once

#include <string>

#include "shared/base/result.hpp"
#include "shared/net/key_book.hpp"
#include "shared/protocol/client_messages.hpp"
#include "shared/wire/wire.hpp"

namespace farm::coordinator {

// By role and verb (and, for agents, by name). Error: Denied, saying who may. Projects are checked where the build is known: may_touch().
Result<void> authorise(const net::KeyOwner& owner, const wire::ToCoordinator& message);

// May the owner submit to, watch, cancel builds of the project?
Result<void> may_touch(const net::KeyOwner& owner, const std::string& project);

}  // namespace farm::coordinator
