#include "agent/build/raw_update.hpp"

#include <nlohmann/json.hpp>

namespace farm::build {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

std::uint64_t number_of(const Json& object, const char* key) {
  const auto at = object.find(key);
  if (at == object.end() || !at->is_number_integer()) return 0;
  if (at->is_number_unsigned()) return at->get<std::uint64_t>();
  const std::int64_t value = at->get<std::int64_t>();
  return value > 0 ? static_cast<std::uint64_t>(value) : 0;
}

bool flag_of(const Json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_boolean() && at->get<bool>();
}

template <typename Item, typename Read>
void read_list(const Json& root, const char* key, std::vector<Item>& into, Read read) {
  const auto list = root.find(key);
  if (list == root.end() || !list->is_array()) return;
  for (const Json& item : *list) {
    if (into.size() >= kRawItemsMax) return;
    if (item.is_object()) into.push_back(read(item));
  }
}

RawVertex read_vertex(const Json& json) {
  RawVertex vertex;
  vertex.id = text_of(json, "digest");
  vertex.name = text_of(json, "name");
  vertex.error = text_of(json, "error");
  vertex.cached = flag_of(json, "cached");
  const std::optional<std::int64_t> started = parse_timestamp(text_of(json, "started"));
  const std::optional<std::int64_t> completed = parse_timestamp(text_of(json, "completed"));
  if (started) vertex.started_us = *started / 1'000;
  if (completed) vertex.completed_us = *completed / 1'000;
  vertex.inferred = vertex.cached && started && completed && *started == *completed;
  return vertex;
}

RawStatus read_status(const Json& json) {
  return {text_of(json, "id"), text_of(json, "vertex"), text_of(json, "name"), number_of(json, "current"), number_of(json, "total")};
}

RawLog read_log(const Json& json) { return {text_of(json, "vertex"), decode_base64(text_of(json, "data"))}; }

RawWarning read_warning(const Json& json) { return {text_of(json, "vertex"), decode_base64(text_of(json, "short"))}; }

// Two decimal digits at `at`; -1 where they are none.
int two_digits(std::string_view text, std::size_t at) {
  if (at + 2 > text.size()) return -1;
  const char a = text[at];
  const char b = text[at + 1];
  if (a < '0' || a > '9' || b < '0' || b > '9') return -1;
  return (a - '0') * 10 + (b - '0');
}

// Days since 1970-01-01 in the proleptic Gregorian calendar: years run from March, so that the leap day comes last.
std::int64_t days_of(std::int64_t year, int month, int day) {
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t era = y / 400;
  const std::int64_t year_of_era = y - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

}  // namespace

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') return std::nullopt;
  const int century = two_digits(text, 0);
  const int year = two_digits(text, 2);
  const int month = two_digits(text, 5);
  const int day = two_digits(text, 8);
  const int hour = two_digits(text, 11);
  const int minute = two_digits(text, 14);
  const int second = two_digits(text, 17);
  if (century < 17 || century > 22 || year < 0 || month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;
  std::int64_t fraction = 0;
  std::size_t at = 19;
  if (text[at] == '.') {
    std::int64_t unit = 100'000'000;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) fraction += (text[at] - '0') * unit;
  }
  std::int64_t offset = 0;
  if (at >= text.size()) return std::nullopt;
  if (text[at] == '+' || text[at] == '-') {
    const int offset_hours = two_digits(text, at + 1);
    const int offset_minutes = two_digits(text, at + 4);
    if (offset_hours < 0 || offset_minutes < 0 || text[at + 3] != ':') return std::nullopt;
    offset = std::int64_t{60} * (offset_hours * 60 + offset_minutes) * (text[at] == '-' ? -1 : 1);
  } else if (text[at] != 'Z') {
    return std::nullopt;
  }
  const std::int64_t days = days_of(century * 100 + year, month, day);
  return (((days * 24 + hour) * 60 + minute) * 60 + second - offset) * 1'000'000'000 + fraction;
}

std::string decode_base64(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  int have = 0;
  for (const char c : text) {
    std::uint32_t value = 0;
    if (c >= 'A' && c <= 'Z')
      value = static_cast<std::uint32_t>(c - 'A');
    else if (c >= 'a' && c <= 'z')
      value = static_cast<std::uint32_t>(c - 'a') + 26;
    else if (c >= '0' && c <= '9')
      value = static_cast<std::uint32_t>(c - '0') + 52;
    else if (c == '+')
      value = 62;
    else if (c == '/')
      value = 63;
    else
      break;
    bits = (bits << 6U) | value;
    have += 6;
    if (have >= 8) {
      have -= 8;
      out.push_back(static_cast<char>((bits >> static_cast<unsigned>(have)) & 0xFFU));
    }
  }
  return out;
}

Result<RawUpdate> parse_raw_line(std::string_view line) {
  if (line.size() > kRawLineBytesMax) return Error{ErrorKind::Overloaded, "a progress line of buildx is longer than 8 MiB"};
  try {
    const Json root = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!root.is_object()) return Error{ErrorKind::Corrupt, "a progress line of buildx is no JSON object"};
    RawUpdate update;
    read_list(root, "vertexes", update.vertices, read_vertex);
    read_list(root, "statuses", update.statuses, read_status);
    read_list(root, "logs", update.logs, read_log);
    read_list(root, "warnings", update.warnings, read_warning);
    return update;
  } catch (const std::exception& failure) {
    return Error{ErrorKind::Corrupt, std::string("a progress line of buildx can't be read: ") + failure.what()};
  }
}

}  // namespace farm::build
