// Purpose: fills plain values at random and compares them, field by field. The list of a struct's fields is a structured binding: a field
// that is added to the struct and not here is an error of the compiler, and one that a codec forgets makes a round trip fail.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "shared/base/random.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/client_messages.hpp"
#include "shared/wire/records.hpp"

#define FARM_TEST_FIELDS(Type, ...) \
  inline auto fields(Type& value) { \
    auto& [__VA_ARGS__] = value;    \
    return std::tie(__VA_ARGS__);   \
  }
#define FARM_TEST_NO_FIELDS(Type) \
  inline std::tuple<> fields(Type& /*value*/) { return {}; }

namespace farm::test {

FARM_TEST_FIELDS(Millis, a)
FARM_TEST_FIELDS(Instant, a)
FARM_TEST_FIELDS(KeyInput, a, b)
FARM_TEST_FIELDS(BaseImage, a, b)
FARM_TEST_FIELDS(StageInput, a, b)
FARM_TEST_FIELDS(SliceUse, a, b)
FARM_TEST_FIELDS(NamedContext, a, b, c)
FARM_TEST_FIELDS(CompileRoute, a, b, c)
FARM_TEST_FIELDS(JobSpec, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v)
FARM_TEST_FIELDS(ServicePlan, a, b, c, d)
FARM_TEST_FIELDS(SliceInfo, a, b, c, d)
FARM_TEST_FIELDS(Place, a, b, c)
FARM_TEST_FIELDS(Diagnostic, a, b, c)
FARM_TEST_FIELDS(Plan, a, b, c, d, e)
FARM_TEST_FIELDS(Succeeded, a, b)
FARM_TEST_FIELDS(BuildFailed, a, b, c)
FARM_TEST_NO_FIELDS(TimedOut)
FARM_TEST_NO_FIELDS(JobCancelled)
FARM_TEST_FIELDS(InfraFailed, a, b, c)
FARM_TEST_FIELDS(StepReport, a, b, c, d, e)
FARM_TEST_FIELDS(JobTimings, a, b, c, d, e, f, g, h, i, j)
FARM_TEST_FIELDS(JobStatus, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s)
FARM_TEST_FIELDS(ServiceStatus, a, b, c, d, e, f)
FARM_TEST_FIELDS(BuildCounters, a, b, c, d, e, f)
FARM_TEST_FIELDS(BuildStatus, a, b, c, d, e, f, g, h, i, j, k, l)
FARM_TEST_FIELDS(AgentStatus, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q)
FARM_TEST_FIELDS(BuildSummary, a, b, c, d, e, f, g)

FARM_TEST_FIELDS(InputChange, a, b, c)
FARM_TEST_FIELDS(LineChange, a, b, c, d)
FARM_TEST_FIELDS(AgentFit, a, b)
FARM_TEST_FIELDS(SliceChange, a, b, c, d, e)
FARM_TEST_FIELDS(Explanation, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)

FARM_TEST_FIELDS(protocol::HeldJob, a, b, c, d, e)
FARM_TEST_FIELDS(protocol::AgentHeartbeat, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r)
FARM_TEST_FIELDS(protocol::JobReport, a, b, c, d, e, f)
FARM_TEST_FIELDS(protocol::LogChunk, a, b, c, d)
FARM_TEST_FIELDS(protocol::StageOverride, a, b)
FARM_TEST_FIELDS(protocol::SliceBlob, a, b, c)
FARM_TEST_FIELDS(protocol::StartJob, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
FARM_TEST_FIELDS(protocol::CancelJob, a, b, c)
FARM_TEST_FIELDS(protocol::AckReport, a, b)
FARM_TEST_FIELDS(protocol::HeartbeatAnswer, a, b, c)
FARM_TEST_FIELDS(protocol::SubmitOptions, a, b, c, d, e, f)
FARM_TEST_FIELDS(protocol::Submit, a, b, c, d)
FARM_TEST_FIELDS(protocol::SliceListing, a, b)
FARM_TEST_FIELDS(protocol::SlicesPushed, a, b, c)
FARM_TEST_FIELDS(protocol::WatchBuild, a, b, c)
FARM_TEST_FIELDS(protocol::CancelBuild, a)
FARM_TEST_FIELDS(protocol::GetLog, a, b, c, d)
FARM_TEST_FIELDS(protocol::ListBuilds, a)
FARM_TEST_NO_FIELDS(protocol::ListAgents)
FARM_TEST_FIELDS(protocol::SetDrain, a, b)
FARM_TEST_FIELDS(protocol::PruneCache, a, b, c, d, e)
FARM_TEST_FIELDS(protocol::CachePruned, a, b, c, d, e, f)
FARM_TEST_NO_FIELDS(protocol::GetUsage)
FARM_TEST_FIELDS(protocol::Prune, a, b, c, d)
FARM_TEST_FIELDS(protocol::Clean, a, b, c)
FARM_TEST_FIELDS(protocol::HoldBuilds, a)
FARM_TEST_FIELDS(protocol::UsageGroup, a, b, c, d, e, f)
FARM_TEST_FIELDS(protocol::UsageAgent, a, b, c, d, e, f, g, h)
FARM_TEST_FIELDS(protocol::Usage, a, b, c, d, e, f, g)
FARM_TEST_FIELDS(protocol::PrunedItem, a, b, c, d, e)
FARM_TEST_FIELDS(protocol::PrunedAgent, a, b, c, d)
FARM_TEST_FIELDS(protocol::Pruned, a, b, c, d, e, f, g, h, i, j, k, l)
FARM_TEST_FIELDS(protocol::GetHistory, a, b, c)
FARM_TEST_FIELDS(protocol::ExplainJob, a, b)
FARM_TEST_FIELDS(protocol::BuildHistory, a, b, c)
FARM_TEST_NO_FIELDS(protocol::GetFarm)
FARM_TEST_FIELDS(protocol::FarmInfo, a, b, c, d, e, f, g, h)
FARM_TEST_FIELDS(protocol::Accepted, a, b, c, d, e)
FARM_TEST_FIELDS(protocol::LogPart, a, b, c, d)
FARM_TEST_FIELDS(protocol::BuildList, a)
FARM_TEST_FIELDS(protocol::AgentList, a)
FARM_TEST_NO_FIELDS(protocol::Done)
FARM_TEST_FIELDS(protocol::Refused, a, b)
FARM_TEST_FIELDS(protocol::ClientRequest, a, b)
FARM_TEST_FIELDS(protocol::ClientAnswer, a, b)

FARM_TEST_FIELDS(wire::ResultRecord, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
FARM_TEST_FIELDS(wire::SliceRecord, a, b, c, d, e)
FARM_TEST_FIELDS(wire::SubmissionRecord, a, b, c, d, e, f, g, h, i, j, k, l, m)
FARM_TEST_FIELDS(wire::JobSpecRecord, a, b, c, d, e, f, g, h, i, j)
FARM_TEST_FIELDS(wire::DurationRecord, a, b, c, d, e)
FARM_TEST_FIELDS(wire::StepsRecord, a, b, c)
FARM_TEST_FIELDS(wire::AgentRecord, a, b, c, d, e, f)
FARM_TEST_FIELDS(wire::EventRecord, a, b, c, d, e)
FARM_TEST_FIELDS(wire::BuildRow, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o)
FARM_TEST_FIELDS(wire::InputRow, a, b)
FARM_TEST_FIELDS(wire::JobRow, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, ab, ac, ad, ae, af, ag, ah,
                 ai, aj, ak)

// The highest value of each enum.
inline JobKind last_of(JobKind) { return JobKind::Image; }
inline ErrorKind last_of(ErrorKind) { return ErrorKind::Internal; }
inline Severity last_of(Severity) { return Severity::Error; }
inline BuildState last_of(BuildState) { return BuildState::Cancelled; }
inline JobState last_of(JobState) { return JobState::Hit; }
inline ServiceResult last_of(ServiceResult) { return ServiceResult::Cancelled; }

// ---- fill

template <typename T>
void fill(T& value, Rng& rng);

inline void fill(std::string& value, Rng& rng) {
  value.clear();
  for (std::uint64_t count = 1 + rng.below(12); count > 0; --count) value += static_cast<char>(rng.below(256));
}
inline void fill(Digest& value, Rng& rng) {
  for (std::uint8_t& byte : value.bytes) byte = static_cast<std::uint8_t>(rng.below(256));
}
template <typename Tag>
void fill(Id<Tag>& value, Rng& rng) {
  value.value = rng.next();
}
template <typename T>
void fill(std::vector<T>& value, Rng& rng) {
  value.clear();
  for (std::uint64_t count = 1 + rng.below(3); count > 0; --count) {
    T item{};
    fill(item, rng);
    value.push_back(std::move(item));
  }
}
template <typename T>
void fill(std::set<T>& value, Rng& rng) {
  std::vector<T> items;
  fill(items, rng);
  value = {items.begin(), items.end()};
}
inline void fill(std::map<std::string, std::string>& value, Rng& rng) {
  value.clear();
  for (std::uint64_t count = 1 + rng.below(3); count > 0; --count) {
    std::string key;
    fill(key, rng);
    fill(value[key], rng);
  }
}
template <typename T>
void fill(std::optional<T>& value, Rng& rng) {
  if (rng.chance(500)) {
    value.reset();
  } else {
    fill(value.emplace(), rng);
  }
}
// The alternative by number, filled.
template <std::size_t Place = 0, typename... Ts>
void fill_alternative(std::variant<Ts...>& value, std::size_t number, Rng& rng) {
  if constexpr (Place < sizeof...(Ts)) {
    if (number == Place) return fill(value.template emplace<Place>(), rng);
    fill_alternative<Place + 1>(value, number, rng);
  }
}
template <typename... Ts>
void fill(std::variant<Ts...>& value, Rng& rng) {
  fill_alternative(value, static_cast<std::size_t>(rng.below(sizeof...(Ts))), rng);
}

template <typename T>
void fill(T& value, Rng& rng) {
  if constexpr (std::is_same_v<T, bool>) {
    value = rng.chance(500);
  } else if constexpr (std::is_enum_v<T>) {
    value = static_cast<T>(rng.below(static_cast<std::uint64_t>(last_of(value)) + 1));
  } else if constexpr (std::is_integral_v<T>) {
    value = static_cast<T>(rng.next());
  } else {
    std::apply([&](auto&... each) { (fill(each, rng), ...); }, fields(value));
  }
}

template <typename T>
T filled(std::uint64_t seed) {
  Rng rng(seed);
  T value{};
  fill(value, rng);
  return value;
}

// ---- compare

template <typename T>
bool same(T& a, T& b);

template <typename T>
bool same(std::vector<T>& a, std::vector<T>& b) {
  if (a.size() != b.size()) return false;
  if constexpr (std::is_same_v<T, bool>) {
    return a == b;
  } else {
    for (std::size_t place = 0; place < a.size(); ++place) {
      if (!same(a[place], b[place])) return false;
    }
    return true;
  }
}
template <typename T>
bool same(std::optional<T>& a, std::optional<T>& b) {
  return a.has_value() == b.has_value() && (!a || same(*a, *b));
}
template <typename... Ts>
bool same(std::variant<Ts...>& a, std::variant<Ts...>& b) {
  return a.index() == b.index() &&
         std::visit([&](auto& left) { return same(left, std::get<std::remove_reference_t<decltype(left)>>(b)); }, a);
}

template <typename T, typename = void>
struct HasFields : std::false_type {};
template <typename T>
struct HasFields<T, std::void_t<decltype(fields(std::declval<T&>()))>> : std::true_type {};

template <typename T>
bool same(T& a, T& b) {
  if constexpr (HasFields<T>::value) {
    return [&]<std::size_t... Places>([[maybe_unused]] auto left, [[maybe_unused]] auto right, std::index_sequence<Places...>) {
      return (same(std::get<Places>(left), std::get<Places>(right)) && ...);
    }(fields(a), fields(b), std::make_index_sequence<std::tuple_size_v<decltype(fields(a))>>());
  } else {
    return a == b;
  }
}

}  // namespace farm::test
