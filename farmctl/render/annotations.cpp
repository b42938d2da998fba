#include "farmctl/render/annotations.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "farmctl/render/escape.hpp"
#include "shared/hash/sha256.hpp"

namespace farm::ctl {
namespace {

std::string title_of(const Finding& finding) {
  const std::string kind = finding.warning ? "warning" : "error";
  const std::string title = finding.code.empty() ? kind : kind + "[" + finding.code + "]";
  return finding.job.empty() ? title : title + " in " + finding.job;
}

}  // namespace

std::string render_github_annotations(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += finding.warning ? "::warning " : "::error ";
    if (!finding.file.empty()) {
      text += "file=" + workflow_property(finding.file) + ",";
      if (finding.line > 0) text += "line=" + std::to_string(finding.line) + ",";
      if (finding.column > 0) text += "col=" + std::to_string(finding.column) + ",";
    }
    text += "title=" + workflow_property(title_of(finding)) + "::" + workflow_data(finding.message) + "\n";
  }
  return text;
}

std::string render_gitlab_quality(const std::vector<Finding>& findings) {
  using Json = nlohmann::ordered_json;
  Json list = Json::array();
  for (const Finding& finding : findings) {
    if (finding.file.empty()) continue;
    const std::string place = finding.file + ":" + std::to_string(finding.line) + ":" + std::to_string(finding.column);
    Json entry;
    entry["description"] = finding.code.empty() ? finding.message : finding.code + ": " + finding.message;
    entry["check_name"] = finding.code.empty() ? "rustc" : finding.code;
    entry["fingerprint"] = sha256(place + "\n" + finding.message).hex();
    entry["severity"] = finding.warning ? "minor" : "critical";
    entry["location"]["path"] = finding.file;
    entry["location"]["lines"]["begin"] = std::max(finding.line, 1);
    list.push_back(std::move(entry));
  }
  return list.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace farm::ctl
