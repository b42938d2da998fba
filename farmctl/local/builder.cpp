#include "farmctl/local/builder.hpp"

#include <array>
#include <charconv>
#include <string_view>

namespace farm::ctl {
namespace {

constexpr std::array<int, 2> kOldest = {0, 28};
constexpr int kOldestPatch = 1;

// What stands after "BuildKit version:", without "v"; empty where there is none.
std::string_view version_in(std::string_view inspected) {
  constexpr std::string_view kMark = "BuildKit version:";
  const std::size_t at = inspected.find(kMark);
  if (at == std::string_view::npos) return {};
  std::string_view rest = inspected.substr(at + kMark.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(" \tv"), rest.size()));
  return rest.substr(0, rest.find_first_of(" \r\n"));
}

// Docker's table of its old engines has versions without a third number: "0.8+unknown".
bool is_recent(std::string_view version) {
  std::array<int, 3> numbers{};
  for (int& number : numbers) {
    const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), number);
    if (error != std::errc{}) return false;
    version.remove_prefix(static_cast<std::size_t>(end - version.data()));
    if (!version.starts_with('.')) break;
    version.remove_prefix(1);
  }
  const std::array<int, 2> release = {numbers[0], numbers[1]};
  return release > kOldest || (release == kOldest && numbers[2] >= kOldestPatch);
}

}  // namespace

std::string wrong_buildkit(const std::string& choice) {
  if (choice == kOwnBuildkit || choice == kDockerBuildkit) return "";
  if (choice.starts_with("unix:///") && choice.find_first_of(" \t\r\n\"'") == std::string::npos) return "";
  return "takes farm, docker or unix:///PATH, not `" + choice + "`";
}

Result<void> judge_docker(const std::string& inspected) {
  const std::string_view version = version_in(inspected);
  const std::string instead = "; or let farm use a BuildKit of its own (`farmctl local up --buildkit farm`)";
  if (!is_recent(version)) {
    return Error{ErrorKind::Unsupported,
                 "building with Docker: its BuildKit is " + (version.empty() ? "not at its socket" : std::string(version)) +
                     ", and one before 0.28.1 lets a Dockerfile break out of it; use Docker Engine 29 or later" + instead};
  }
  if (inspected.find("org.mobyproject.buildkit.worker.containerd.namespace") == std::string::npos) {
    return Error{ErrorKind::Unsupported,
                 "building with Docker: it keeps images in its old store, whose BuildKit can't push what farm builds; turn on containerd's "
                 "image store (`\"features\": {\"containerd-snapshotter\": true}` in /etc/docker/daemon.json)" +
                     instead};
  }
  return {};
}

Result<void> judge_mirrors(const std::string& mirrors, const std::string& registry) {
  if (mirrors.find("//" + registry + "/\"") != std::string::npos || mirrors.find("//" + registry + "\"") != std::string::npos) return {};
  return Error{ErrorKind::Unsupported,
               "building with Docker: Docker Hub can't be reached from here, and Docker doesn't look for the stand-ins at " + registry +
                   "; add `\"registry-mirrors\": [\"http://" + registry +
                   "\"]` to /etc/docker/daemon.json, `systemctl reload docker`, and do this again"};
}

}  // namespace farm::ctl
