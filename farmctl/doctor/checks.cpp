#include "farmctl/doctor/checks.hpp"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "farmctl/doctor/line.hpp"
#include "farmctl/render/text.hpp"

namespace farm::ctl::doctor {
namespace {

constexpr std::size_t kTextMax = 2'000;

const char* sign_of(Level level) {
  switch (level) {
    case Level::Ok: return "ok     ";
    case Level::Skipped: return "skipped";
    case Level::Warning: return "warning";
    case Level::Broken: return "BROKEN ";
  }
  return "";
}

const char* colour_of(Level level) {
  switch (level) {
    case Level::Ok: return "\x1b[32m";
    case Level::Skipped: return "\x1b[2m";
    case Level::Warning: return "\x1b[33m";
    case Level::Broken: return "\x1b[31m";
  }
  return "";
}

// Lines of a text under the column of the first.
std::string indented(const std::string& text) {
  std::string result;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (begin > 0) result += "\n           ";
    result += fit(std::string_view(text).substr(begin, end - begin), kTextMax);
    begin = end + 1;
  }
  return result;
}

}  // namespace

std::string_view to_string(Level level) {
  switch (level) {
    case Level::Ok: return "ok";
    case Level::Skipped: return "skipped";
    case Level::Warning: return "warning";
    case Level::Broken: return "broken";
  }
  return "";
}

std::string listed(const std::vector<std::string>& words, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < words.size() && i < most; ++i) text += (i == 0 ? "" : ", ") + words[i];
  if (words.size() > most) text += " and " + std::to_string(words.size() - most) + " more";
  return text;
}

std::vector<Line> examine(const Facts& facts) {
  std::vector<Line> lines;
  examine_host(facts, lines);
  examine_farm(facts, lines);
  examine_registry(facts, lines);
  examine_project(facts, lines);
  examine_builds(facts, lines);
  return lines;
}

std::vector<std::string> check_ids() {
  std::vector<std::string> ids;
  for (const Line& line : examine({})) {
    if (std::find(ids.begin(), ids.end(), line.id) == ids.end()) ids.push_back(line.id);
  }
  return ids;
}

Level worst(const std::vector<Line>& lines) {
  Level level = Level::Ok;
  for (const Line& line : lines) level = std::max(level, line.level);
  return level;
}

std::string render_text(const std::vector<Line>& lines, bool colour) {
  std::string text;
  std::size_t counts[4] = {};
  for (const Line& line : lines) {
    ++counts[static_cast<std::size_t>(line.level)];
    const std::string sign = colour ? colour_of(line.level) + std::string(sign_of(line.level)) + "\x1b[0m" : sign_of(line.level);
    text += sign + "  " + line.what + ": " + indented(line.found) + "\n";
    if (line.level < Level::Warning) continue;
    text += "         wanted: " + indented(line.wanted) + "\n";
    if (!line.mend.empty()) text += "         mend: " + indented(line.mend) + "\n";
  }
  return text + std::to_string(counts[0]) + " ok, " + std::to_string(counts[2]) + " warnings, " + std::to_string(counts[3]) + " broken, " +
         std::to_string(counts[1]) + " skipped\n";
}

std::string render_json(const std::vector<Line>& lines) {
  using Json = nlohmann::ordered_json;
  Json json;
  json["schema"] = "farm.doctor.v1";
  json["worst"] = to_string(worst(lines));
  json["checks"] = Json::array();
  for (const Line& line : lines) {
    Json check;
    check["id"] = line.id;
    check["level"] = to_string(line.level);
    check["what"] = line.what;
    check["found"] = line.found;
    check["wanted"] = line.wanted;
    check["mend"] = line.mend;
    json["checks"].push_back(std::move(check));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace farm::ctl::doctor
