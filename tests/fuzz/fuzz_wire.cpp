// Frames and records from outside: whatever the bytes are, the answer is a value or an error. A value that was read is written and read
// again, and must be the same bytes then.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "shared/base/assert.hpp"
#include "shared/wire/records.hpp"
#include "shared/wire/wire.hpp"

namespace {

using namespace farm;

template <typename T>
void record(std::string_view bytes) {
  const Result<T> value = wire::decode_record<T>(bytes);
  if (value) FARM_ASSERT(wire::decode_record<T>(wire::encode_record(*value)).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto message = wire::decode_to_coordinator(bytes)) {
    const std::string again = std::visit([](const auto& value) { return wire::encode(value); }, *message);
    FARM_ASSERT(wire::decode_to_coordinator(again).has_value());
  }
  if (const auto message = wire::decode_to_agent(bytes)) {
    const std::string again = wire::encode(*message);
    FARM_ASSERT(wire::encode(wire::decode_to_agent(again).value()) == again);
  }
  if (const auto answer = wire::decode_client_answer(bytes)) {
    const std::string again = wire::encode(*answer);
    FARM_ASSERT(wire::encode(wire::decode_client_answer(again).value()) == again);
  }
  record<wire::ResultRecord>(bytes);
  record<wire::SubmissionRecord>(bytes);
  record<wire::JobSpecRecord>(bytes);
  record<wire::BuildRow>(bytes);
  record<wire::JobRow>(bytes);
  record<BuildStatus>(bytes);
  return 0;
}
