// Purpose: the API's event streams: each holds what its client has seen and gives what is new since. Nothing is queued: a client that reads
// slowly skips what was overtaken, and one that comes again gets the whole truth again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "coordinator/http/viewer.hpp"
#include "shared/base/ids.hpp"
#include "shared/http/server.hpp"

namespace farm::coordinator {

class Api;

// Ids and event names without line breaks, data on one line.
std::string event_text(std::string_view event, std::string_view id, std::string_view data);
// The id of a log event that a client saw last.
std::optional<std::uint64_t> offset_of(std::string_view last_event_id);

http::Producer farm_stream(Api& api, const Viewer& viewer);
http::Producer build_stream(Api& api, const Viewer& viewer, BuildId build);
http::Producer log_stream(Api& api, const Viewer& viewer, BuildId build, const std::string& job, std::uint64_t offset);

}  // namespace farm::coordinator
