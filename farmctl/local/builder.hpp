// Purpose: which BuildKit a local farm builds with, as `local up --buildkit` takes it and the farm's folder keeps it.
#pragma once

#include <string>

#include "shared/base/result.hpp"

namespace farm::ctl {

// One of its own, which the farm starts and configures. The default.
inline constexpr const char* kOwnBuildkit = "farm";
// The one in this machine's Docker, which Docker Engine 29 serves at its own socket. Not by buildx's `docker` driver: that can't push by
// digest.
inline constexpr const char* kDockerBuildkit = "docker";
inline constexpr const char* kDockerSocket = "unix:///var/run/docker.sock";

// "farm", "docker", or "unix:///PATH" of one that is there. Else the error says so.
std::string wrong_buildkit(const std::string& choice);

// What `buildx inspect` said of it, judged: Unsupported where there is none, or one with known holes (before 0.28.1), or where Docker keeps
// images in its old store, whose BuildKit can't push what farm builds.
Result<void> judge_docker(const std::string& inspected);

// Whether Docker finds stand-ins for base images in the farm's registry ("host:port"), by what `docker info` says of its mirrors. Error:
// Unsupported, with what to write where.
Result<void> judge_mirrors(const std::string& mirrors, const std::string& registry);

}  // namespace farm::ctl
