#include "farmctl/scaffold/report.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "farmctl/render/text.hpp"

namespace farm::scaffold {
namespace {

bool is_as_written(FileState state) { return state == FileState::Written || state == FileState::Unchanged; }

std::string shown(const std::string& folder) { return folder.empty() ? "." : folder; }

bool any(const InitReport& report, FileState state) {
  return std::any_of(report.files.begin(), report.files.end(), [&](const FileReport& file) { return file.state == state; });
}

}  // namespace

std::string_view to_string(FileState state) {
  switch (state) {
    case FileState::Written: return "written";
    case FileState::Unchanged: return "unchanged";
    case FileState::Kept: return "kept";
    case FileState::Missing: return "missing";
    case FileState::Differs: return "differs";
  }
  return "unchanged";
}

bool is_done(const InitReport& report) {
  return std::all_of(report.files.begin(), report.files.end(), [](const FileReport& file) { return is_as_written(file.state); });
}

std::string init_text(const InitReport& report) {
  std::string text;
  for (const FileReport& file : report.files) {
    if (file.state != FileState::Written) text += file.diff;
  }
  if (!text.empty()) text += "\n";
  std::vector<std::vector<std::string>> services = {{"SERVICE", "BINARY", "CONTEXT", "DOCKERFILE", "TARGET"}};
  for (const ScaffoldService& each : report.scaffold.services)
    services.push_back({each.service, each.bin, shown(each.context), each.dockerfile, each.target});
  text += ctl::render_columns(services);
  if (!report.scaffold.others.empty()) {
    text += "left as they are:";
    for (const std::string& other : report.scaffold.others) text += " " + other;
    text += "\n";
  }
  text += "\n";
  for (const FileReport& file : report.files) text += std::string(to_string(file.state)) + "  " + file.path + "\n";
  if (any(report, FileState::Kept)) {
    text += "\nwhat is kept differs from what init would write (above); `farmctl init --force` replaces it\n";
  } else if (is_done(report)) {
    text +=
        "\n`farmctl plan` shows what farm makes of it, `farmctl submit --parallel all` builds it; `docker compose build` works as before\n";
  }
  return text;
}

std::string init_json(const InitReport& report) {
  nlohmann::ordered_json json;
  json["schema"] = "farm.init.v1";
  json["done"] = is_done(report);
  json["services"] = nlohmann::ordered_json::array();
  for (const ScaffoldService& each : report.scaffold.services) {
    json["services"].push_back({{"service", each.service},
                                {"binary", each.bin},
                                {"context", shown(each.context)},
                                {"workspace", shown(each.root)},
                                {"dockerfile", each.dockerfile},
                                {"target", each.target}});
  }
  json["others"] = report.scaffold.others;
  json["files"] = nlohmann::ordered_json::array();
  for (const FileReport& file : report.files)
    json["files"].push_back({{"path", file.path}, {"state", std::string(to_string(file.state))}, {"diff", file.diff}});
  json["notes"] = nlohmann::ordered_json::array();
  for (const Diagnostic& note : report.diagnostics) json["notes"].push_back(to_string(note));
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace farm::scaffold
