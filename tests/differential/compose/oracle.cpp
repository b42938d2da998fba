#include "tests/differential/compose/oracle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace farm::testing {
namespace {

using nlohmann::json;

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

std::string file_text(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// `config` writes $ as $$, so that its answer could be read again.
std::string unescaped(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    result += text[at];
    if (text[at] == '$' && at + 1 < text.size() && text[at + 1] == '$') ++at;
  }
  return result;
}

json unescaped(const json& value) {
  if (value.is_string()) return unescaped(value.get<std::string>());
  if (value.is_array()) {
    json result = json::array();
    for (const json& item : value) result.push_back(unescaped(item));
    return result;
  }
  if (!value.is_object()) return value;
  json result = json::object();
  for (const auto& [name, item] : value.items()) result[unescaped(name)] = unescaped(item);
  return result;
}

std::string in_tree(const std::string& path, const std::string& root) {
  if (path == root) return "";
  return path.starts_with(root + "/") ? path.substr(root.size() + 1) : path;
}

std::string joined(const std::string& base, const std::string& path) { return normalise_path(base, path).value_or("outside: " + path); }

json oracle_build(const json& build, const json& secrets, const std::string& root) {
  json result;
  const std::string context = in_tree(build.value("context", ""), root);
  result["context"] = context;
  const bool remote = context.find("://") != std::string::npos || context.starts_with("git@") || context.starts_with("github.com/");
  if (build.contains("dockerfile_inline")) {
    result["dockerfile_inline"] = build["dockerfile_inline"];
  } else {
    const std::string dockerfile = build.value("dockerfile", "");
    result["dockerfile"] = dockerfile.starts_with('/') ? in_tree(dockerfile, root) : remote ? dockerfile : joined(context, dockerfile);
  }
  for (const char* key : {"args", "labels"}) {
    const json entries = build.value(key, json::object());
    for (const auto& [name, value] : entries.items()) {
      if (!value.is_null()) result[key][name] = value;
    }
  }
  const json contexts = build.value("additional_contexts", json::object());
  for (const auto& [name, value] : contexts.items()) result["additional_contexts"][name] = in_tree(value.get<std::string>(), root);
  for (const char* key : {"target", "platforms", "tags", "network", "cache_from", "no_cache", "pull", "privileged", "entitlements"}) {
    if (build.contains(key) && build[key] != false && !build[key].empty()) result[key] = build[key];
  }
  if (build.contains("shm_size")) result["shm_size"] = std::to_string(std::stoll(build["shm_size"].get<std::string>()));
  if (build.contains("extra_hosts")) {
    result["extra_hosts"] = build["extra_hosts"];
    std::sort(result["extra_hosts"].begin(), result["extra_hosts"].end());
  }
  for (const json& secret : build.value("secrets", json::array())) {
    const std::string source = secret["source"];
    const json& defined = secrets.at(source);
    result["secrets"][secret.value("target", source)] = {
        {"source", source}, {"file", in_tree(defined.value("file", ""), root)}, {"environment", defined.value("environment", "")}};
  }
  return result;
}

json oracle_project(const json& config, const std::string& root) {
  json result{{"name", config["name"]}, {"services", json::object()}};
  for (const auto& [name, service] : config["services"].items()) {
    json& into = result["services"][name];
    into["image"] = service.value("image", "");
    into["platform"] = service.value("platform", "");
    into["profiles"] = service.value("profiles", json::array());
    into["depends_on"] = json::array();
    const json dependencies = service.value("depends_on", json::object());
    // compose keeps the names of optional dependencies that no profile asks for; they start nothing.
    for (const auto& [other, condition] : dependencies.items()) {
      if (config["services"].contains(other)) into["depends_on"].push_back(other);
    }
    if (service.contains("build")) into["build"] = oracle_build(service["build"], config.value("secrets", json::object()), root);
  }
  return result;
}

json farm_build(const BuildSpec& build) {
  json result;
  result["context"] = build.context;
  if (build.dockerfile_inline) {
    result["dockerfile_inline"] = *build.dockerfile_inline;
  } else {
    result["dockerfile"] = build.dockerfile;
  }
  if (!build.args.empty()) result["args"] = build.args;
  if (!build.labels.empty()) result["labels"] = build.labels;
  if (!build.additional_contexts.empty()) result["additional_contexts"] = build.additional_contexts;
  if (!build.target.empty()) result["target"] = build.target;
  if (!build.platforms.empty()) result["platforms"] = build.platforms;
  if (!build.tags.empty()) result["tags"] = build.tags;
  if (!build.network.empty()) result["network"] = build.network;
  if (!build.cache_from.empty()) result["cache_from"] = build.cache_from;
  if (!build.entitlements.empty()) result["entitlements"] = build.entitlements;
  if (!build.extra_hosts.empty()) result["extra_hosts"] = build.extra_hosts;
  if (build.no_cache) result["no_cache"] = true;
  if (build.pull) result["pull"] = true;
  if (build.privileged) result["privileged"] = true;
  if (build.shm_size_bytes != 0) result["shm_size"] = std::to_string(build.shm_size_bytes);
  for (const BuildSecret& secret : build.secrets) {
    result["secrets"][secret.id] = {{"source", secret.source}, {"file", secret.file}, {"environment", secret.environment}};
  }
  return result;
}

json farm_project(const ComposeProject& project) {
  json result{{"name", project.name}, {"services", json::object()}};
  for (const Service& service : project.services) {
    json& into = result["services"][service.name];
    into["image"] = service.image;
    into["platform"] = service.platform;
    into["profiles"] = service.profiles;
    into["depends_on"] = service.depends_on;
    if (service.build) into["build"] = farm_build(*service.build);
  }
  return result;
}

// farm's request for the arguments that docker-compose is given.
ComposeRequest request_of(const ComposeCase& project, const CaseFolder& folder) {
  ComposeRequest request;
  request.root_directory = folder.path();
  request.environment = project.environment;
  request.environment["HOME"] = "/nowhere/home";
  for (std::size_t index = 0; index + 1 < project.args.size(); index += 2) {
    const std::string& value = project.args[index + 1];
    if (project.args[index] == "-f") request.files.push_back(value);
    if (project.args[index] == "-p") request.project_name = value;
    if (project.args[index] == "--profile") request.profiles.push_back(value);
    if (project.args[index] == "--env-file") request.env_files.push_back(value);
  }
  return request;
}

}  // namespace

std::optional<std::string> oracle_binary() {
  const char* path = std::getenv("FARM_COMPOSE_ORACLE");  // NOLINT(concurrency-mt-unsafe)
  return path == nullptr || *path == '\0' ? std::nullopt : std::optional<std::string>(path);
}

CaseFolder::CaseFolder(const std::map<std::string, std::string>& files) {
  std::string pattern = (std::filesystem::temp_directory_path() / "farm-compose-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder: " + pattern);
  base_ = std::filesystem::canonical(pattern).string();
  path_ = base_ + "/-My.Project_1";  // a folder whose name compose has to clean
  std::filesystem::create_directory(path_);
  for (const auto& [name, text] : files) {
    const std::filesystem::path file = std::filesystem::path(path_) / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }
}

CaseFolder::~CaseFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(base_, ignored);
}

Answer ask_oracle(const std::string& binary, const ComposeCase& project, const CaseFolder& folder) {
  std::string command = "cd " + quoted(folder.path()) + " && env -i HOME=/nowhere/home";
  for (const auto& [name, value] : project.environment) command += " " + quoted(name + "=" + value);
  command += " " + quoted(binary);
  for (const std::string& arg : project.args) command += " " + quoted(arg);
  command += " config --format json >../out.json 2>../err.txt";
  Answer answer;
  answer.accepted = std::system(command.c_str()) == 0;  // NOLINT(concurrency-mt-unsafe)
  answer.messages = file_text(folder.path() + "/../err.txt");
  if (answer.accepted) answer.project = oracle_project(unescaped(json::parse(file_text(folder.path() + "/../out.json"))), folder.path());
  return answer;
}

Answer ask_farm(const ComposeCase& project, const CaseFolder& folder) {
  const MemoryTree tree(project.files);
  const Parsed<ComposeProject> parsed = read_compose(tree, request_of(project, folder));
  Answer answer;
  answer.accepted = parsed.ok();
  for (const Diagnostic& diagnostic : parsed.diagnostics) answer.messages += to_string(diagnostic) + "\n";
  if (answer.accepted) answer.project = farm_project(parsed.value);
  return answer;
}

void check_case(const std::string& binary, const ComposeCase& project) {
  const CaseFolder folder(project.files);
  const Answer oracle = ask_oracle(binary, project, folder);
  const Answer farm = ask_farm(project, folder);
  const std::string told = "compose says:\n" + oracle.messages + "farm says:\n" + farm.messages;
  const bool rejected = project.rejects.has_value();
  EXPECT_EQ(oracle.accepted, !rejected && !project.farm_accepts) << told;
  EXPECT_EQ(farm.accepted, !rejected) << told;
  if (rejected) {
    EXPECT_NE(farm.messages.find(*project.rejects), std::string::npos) << "expected: " << *project.rejects << "\n" << told;
  }
  if (!oracle.accepted || !farm.accepted || oracle.project == farm.project) return;
  ADD_FAILURE() << "differences (from compose to farm):\n" << json::diff(oracle.project, farm.project).dump(1) << "\n" << told;
}

}  // namespace farm::testing
