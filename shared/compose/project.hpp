// Purpose: a compose project as values: what farm needs of it to build images and to start services in order.
// Everything is resolved: files merged, variables put in, `extends` and `include` followed, paths relative to the tree's root. No YAML
// left. Ownership: plain values. Limits: see read_compose.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/result.hpp"

namespace farm {

// One entry of `build.secrets`, joined with its top-level definition. Exactly one of `file` and `environment` is set.
struct BuildSecret {
  std::string id;           // what the Dockerfile mounts: `--mount=type=secret,id=…` (the entry's target, else its source)
  std::string source;       // the key under the top-level `secrets:`
  std::string file;         // relative to the tree's root; absolute where it is outside the tree
  std::string environment;  // name of the variable that holds the value, in the caller's environment
  Place place;
  friend bool operator==(const BuildSecret&, const BuildSecret&) = default;
};

// A service's `build:`. Paths are relative to the tree's root and normalised; "" is the root itself.
struct BuildSpec {
  Place place;
  std::string context;     // a folder of the tree; a URL where `remote` is true
  bool remote = false;     // the context is a git or http URL: farm can't slice it
  std::string dockerfile;  // a path in the tree; "" with dockerfile_inline; relative to the context where `remote`
  std::optional<std::string> dockerfile_inline;
  std::map<std::string, std::string> args;                 // without value: taken from the environment, or absent if it isn't there
  std::string target;                                      // "" is the last stage
  std::map<std::string, std::string> additional_contexts;  // name → "service:x", "docker-image://…", a URL, or a path in the tree
  std::vector<std::string> platforms;                      // empty: the service's `platform`, else the agent's own
  std::vector<BuildSecret> secrets;                        // sorted by id
  std::vector<std::string> tags;                           // further names of the image, beside Service::image
  std::map<std::string, std::string> labels;
  std::vector<std::string> cache_from;    // farm warns that it doesn't honour it
  std::string network;                    // "", "default", "none", "host"
  bool no_cache = false;                  // farm warns: farmctl submit --no-cache does it
  bool pull = false;                      // farm warns: farmctl submit --pull does it
  std::vector<std::string> extra_hosts;   // "name=address", sorted
  std::int64_t shm_size_bytes = 0;        // 0: BuildKit's default
  std::vector<std::string> ssh;           // "default" or "id=path"; farm warns that it doesn't honour it
  bool privileged = false;                // farm warns that it doesn't honour it
  std::vector<std::string> entitlements;  // farm warns: agents grant them only by their own configuration
  std::vector<std::string> cache_to;      // farm warns that it doesn't honour it: the farm keeps its own caches
  friend bool operator==(const BuildSpec&, const BuildSpec&) = default;
};

// `x-farm:` of a service: what compose has no word for.
struct XFarm {
  std::optional<bool> slice;                  // false: always build with the full context
  std::vector<std::string> needs;             // services whose images must be built first, sorted
  std::map<std::string, std::string> labels;  // labels that an agent must have to take this service's jobs
  friend bool operator==(const XFarm&, const XFarm&) = default;
};

struct Service {
  std::string name;
  Place place;        // of the service's key, in the last file that mentions it
  std::string image;  // "" if not named; compose then calls a built image "<project>-<service>" (see image_name)
  std::optional<BuildSpec> build;
  std::vector<std::string> depends_on;  // start order only, never a build edge; sorted
  std::vector<std::string> profiles;    // as written
  std::string platform;                 // "" if not named
  XFarm x_farm;
  bool active = true;  // false: no profile asks for it, it is here because an active service needs it
  friend bool operator==(const Service&, const Service&) = default;
};

struct ComposeProject {
  std::string name;
  std::string directory;              // the project's folder in the tree; "" is the root
  std::vector<std::string> files;     // every file read (compose, extends, include, env), in the order of reading
  std::vector<Service> services;      // sorted by name: active ones and what they need
  std::vector<std::string> inactive;  // names of the services left out by profiles, sorted
  // Absolute paths that the files name and that must lie in the tree but don't, sorted. Each is an error too; with a tree that holds them
  // all the project can be read.
  std::vector<std::string> outside;
  friend bool operator==(const ComposeProject&, const ComposeProject&) = default;

  // Null where there is no such service (or it is inactive).
  [[nodiscard]] const Service* find(const std::string& service) const;
  // The name under which the service's image is built: `image`, else "<project>-<service>".
  [[nodiscard]] std::string image_name(const Service& service) const;
};

}  // namespace farm
