#include "tests/differential/cargo/cargo_oracle.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <nlohmann/json.hpp>

namespace farm::test {
namespace {

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

bool is_local(const std::string& id) { return id.starts_with("path+") || id.find("(path+") != std::string::npos; }

// A unit without its dependencies' numbers, which depend on what else is in the graph.
std::string unit_text(const nlohmann::json& unit) {
  nlohmann::json copy = unit;
  copy.erase("dependencies");
  return copy.dump();
}

}  // namespace

std::string cargo_is_missing() {
  return std::system("cargo --version >/dev/null 2>&1") == 0 ? "" : "cargo is not installed on this machine";
}

Result<std::string> run_cargo(const std::string& directory, const std::string& arguments) {
  const std::string errors = directory + ".stderr";
  const std::string command =
      "cd '" + directory + "' && RUSTC_BOOTSTRAP=1 CARGO_TERM_COLOR=never cargo " + arguments + " 2>'" + errors + "'";
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return Error{ErrorKind::Internal, "starting cargo"};
  std::string output;
  std::array<char, 65536> buffer{};
  for (std::size_t count = 0; (count = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) output.append(buffer.data(), count);
  if (::pclose(pipe) != 0) return Error{ErrorKind::InvalidInput, file_text(errors)};
  return output;
}

Result<std::vector<std::string>> external_units(const std::string& directory, const std::vector<std::string>& bins) {
  std::string arguments = "build --offline --release --unit-graph -Zunstable-options";
  for (const std::string& bin : bins) arguments += " --bin " + bin;
  Result<std::string> output = run_cargo(directory, arguments);
  if (!output) return output.error();
  const nlohmann::json graph = nlohmann::json::parse(*output, nullptr, false);
  if (graph.is_discarded()) return Error{ErrorKind::Corrupt, "the unit graph is no JSON"};
  const nlohmann::json& units = graph["units"];
  std::vector<std::string> lines;
  for (const nlohmann::json& unit : units) {
    if (is_local(unit["pkg_id"].get<std::string>())) continue;
    std::vector<std::string> below;
    for (const nlohmann::json& dependency : unit["dependencies"]) below.push_back(unit_text(units[dependency["index"].get<std::size_t>()]));
    std::sort(below.begin(), below.end());
    std::string line = unit_text(unit);
    for (const std::string& each : below) line += "\n  " + each;
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

Result<std::vector<std::string>> member_targets(const std::string& directory) {
  Result<std::string> output = run_cargo(directory, "metadata --no-deps --offline --format-version 1");
  if (!output) return output.error();
  const nlohmann::json metadata = nlohmann::json::parse(*output, nullptr, false);
  if (metadata.is_discarded()) return Error{ErrorKind::Corrupt, "the metadata are no JSON"};
  std::vector<std::string> lines;
  const std::string root = std::filesystem::canonical(directory).string() + "/";
  for (const nlohmann::json& package : metadata["packages"]) {
    for (const nlohmann::json& target : package["targets"]) {
      std::string kind = target["kind"][0].get<std::string>();
      std::string path = target["src_path"].get<std::string>();
      if (path.starts_with(root)) path.erase(0, root.size());
      if (kind == "proc-macro") kind = "lib";
      lines.push_back(package["name"].get<std::string>() + " " + kind + " " + target["name"].get<std::string>() + " " + path);
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

MemoryTree tree_of(const std::string& directory) {
  MemoryTree tree;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    const std::string path = std::filesystem::relative(entry.path(), directory).string();
    if (entry.is_regular_file() && !path.starts_with("target/")) tree.add(path, file_text(entry.path().string()));
  }
  return tree;
}

}  // namespace farm::test
