// Purpose: what a submission must look like before anything is done for it: token, plan, names that are shown and logged, places in the
// registry, secrets. Pure.
#pragma once

#include "shared/base/result.hpp"
#include "shared/net/key_book.hpp"
#include "shared/protocol/client_messages.hpp"

namespace farm::coordinator {

// `slice_repository`: where the farm keeps slices. Errors: InvalidInput, Overloaded (a limit), Denied (the project, or a place in the
// registry that is the farm's own).
Result<void> check_submit(const net::KeyOwner& owner, const protocol::Submit& submit, const std::string& slice_repository);

}  // namespace farm::coordinator
