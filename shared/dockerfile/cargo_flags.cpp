#include <algorithm>
#include <array>

#include "shared/dockerfile/cargo_command.hpp"
#include "shared/dockerfile/lines.hpp"
#include "shared/dockerfile/scope.hpp"

namespace farm::dockerfile_detail {
namespace {

// Flags with a value that changes nothing in what is compiled, or how.
constexpr std::array<std::string_view, 6> kHarmlessWithValue = {"-j",      "--jobs",          "--message-format",
                                                                "--color", "--lockfile-path", "--timings"};
constexpr std::array<std::string_view, 12> kHarmless = {"-v",
                                                        "-vv",
                                                        "-q",
                                                        "--verbose",
                                                        "--quiet",
                                                        "--keep-going",
                                                        "--offline",
                                                        "--timings",
                                                        "--ignore-rust-version",
                                                        "--future-incompat-report",
                                                        "--no-fail-fast",
                                                        "--no-build"};
constexpr std::array<std::string_view, 10> kOtherTargets = {"--all-targets", "--tests", "--benches", "--examples", "--example",
                                                            "--test",        "--bench", "--check",   "--clippy",   "--zigbuild"};

template <typename List>
bool has(const List& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

void add_features(std::vector<std::string>& features, const std::string& text) {
  std::string one;
  for (const char c : text + ",") {
    if (c != ',' && c != ' ') {
      one += c;
    } else if (!one.empty()) {
      features.push_back(std::move(one));
      one.clear();
    }
  }
}

// A flag and where its value goes. False where the flag isn't one with a value.
bool take_value(CargoCommand& command, const std::string& name, const std::string& value) {
  CargoFlags& flags = command.flags;
  if (name == "-p" || name == "--package") return flags.packages.push_back(value), true;
  if (name == "--exclude") return flags.exclude.push_back(value), true;
  if (name == "--bin") return flags.bins.push_back(value), true;
  if (name == "--features" || name == "-F") return add_features(flags.features, value), true;
  if (name == "--profile") return flags.profile = value, true;
  if (name == "--target") return flags.targets.push_back(value), true;
  if (name == "--target-dir") return flags.target_dir = value, true;
  if (name == "--manifest-path") return flags.manifest_path = value, true;
  if (name == "--config" || name == "-Z") return flags.config.push_back(name == "-Z" ? "-Z" + value : value), true;
  if (name == "--recipe-path") return command.recipe_path = value, true;
  if (has(kHarmlessWithValue, name)) return flags.others.push_back(name + " " + value), true;
  return false;
}

bool needs_value(std::string_view name) {
  constexpr std::array<std::string_view, 13> kNames = {"-p",       "--package", "--exclude",    "--bin",        "--features",
                                                       "-F",       "--profile", "--target",     "--target-dir", "--manifest-path",
                                                       "--config", "-Z",        "--recipe-path"};
  return has(kNames, name) || (has(kHarmlessWithValue, name) && name != "--timings");
}

bool take_plain(CargoFlags& flags, const std::string& name) {
  if (name == "--release" || name == "-r") return flags.profile = "release", true;
  if (name == "--workspace" || name == "--all") return flags.workspace = true;
  if (name == "--bins") return flags.all_bins = true;
  if (name == "--lib") return flags.lib = true;
  if (name == "--all-features") return flags.all_features = true;
  if (name == "--no-default-features") return flags.no_default_features = true;
  if (name == "--locked" || name == "--frozen") return flags.locked = true;
  if (has(kHarmless, name)) return flags.others.push_back(name), true;
  return false;
}

}  // namespace

std::string read_cargo_flags(const std::vector<std::string>& words, CargoCommand& command) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string name = words[i];
    if (name.empty() || name[0] != '-') return "the argument '" + name + "'";
    if (take_plain(command.flags, name)) continue;
    std::string value;
    const std::size_t equals = name.find('=');
    if (equals != std::string::npos && name.starts_with("--")) {
      value = name.substr(equals + 1);
      name.resize(equals);
    } else if (name.size() > 2 && name[1] != '-' && needs_value(name.substr(0, 2))) {
      value = name.substr(2);
      if (value.starts_with('=')) value.erase(0, 1);
      name.resize(2);
    } else if (needs_value(name)) {
      if (++i == words.size() || words[i].starts_with('-')) return "the flag '" + name + "' without a value";
      value = words[i];
    }
    if (has(kOtherTargets, name)) return "the flag '" + name + "'";
    if (!take_value(command, name, value)) return "the flag '" + name + "'";
  }
  std::vector<std::string>& features = command.flags.features;
  std::sort(features.begin(), features.end());
  features.erase(std::unique(features.begin(), features.end()), features.end());
  return {};
}

}  // namespace farm::dockerfile_detail
