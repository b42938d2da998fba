// Purpose: what `farmctl doctor` found out, as plain values: one struct per subject, filled in by farmctl/probe, judged by checks.hpp. A
// fact that could not be had says why in a `problem`; an optional that is empty was not looked at. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/error.hpp"
#include "shared/base/time.hpp"
#include "shared/model/status.hpp"

namespace farm::ctl::doctor {

// The machine on which farmctl runs.
struct HostFacts {
  std::string farmctl_version;
  std::uint32_t cpus = 0;
  std::uint64_t memory_bytes = 0;
  std::string disk_folder;  // where the user's caches lie
  std::uint64_t disk_free_bytes = 0;
  std::map<std::string, std::string> environment;  // of the variables that change how Docker builds
};

struct KeyFacts {
  std::string file;
  std::uint32_t mode = 0;  // permission bits; 0: no such file
  std::string problem;     // why it can't be used; empty: it can
};

// As the coordinator sees the one who asks.
struct FarmFacts {
  std::string where;    // which configuration named the farm
  bool local = false;   // `farmctl local up` started it here
  std::string problem;  // there is none, or it can't be read
  std::optional<Error> unreachable;
  std::string coordinator;  // endpoint
  std::string version;
  std::string key_name;
  std::string role;
  std::string zone;
  std::vector<std::string> projects;
  Millis skew;        // our clock minus the coordinator's
  Millis round_trip;  // the skew is known to half of it
  std::vector<AgentStatus> agents;
  std::vector<BuildSummary> builds;  // the newest, of all projects
};

// One thing that was tried: done, failed and why, or not tried and why.
struct Trial {
  bool done = false;
  std::string problem;  // of a failure
  std::string skipped;  // why it was not tried
  std::string detail;   // of a success: "2.1 MB/s", "0.3 s"

  static Trial success(std::string detail) { return {true, "", "", std::move(detail)}; }
  static Trial failure(std::string problem) { return {false, std::move(problem), "", ""}; }
  static Trial none(std::string why) { return {false, "", std::move(why), ""}; }
};

struct RegistryFacts {
  std::string address;
  Trial push = Trial::none("the registry is not known");
  Trial pull = Trial::none("the registry is not known");
  Trial remove = Trial::none("the registry is not known");
};

// A BuildKit on this machine: that of the farm that `farmctl local up` started here; for a farm elsewhere the user's own, by which the way
// from here to the farm's registry is tried. The farm's own can't be reached from here then.
struct BuilderFacts {
  std::string version;
  Trial build = Trial::none("no BuildKit of the farm on this machine");
  Trial cache = Trial::none("no BuildKit of the farm on this machine");
  std::string own;  // name of the user's builder; empty: it is the farm's
};

struct Offender {
  std::string path;
  std::uint64_t bytes = 0;
};

struct ContextFacts {
  std::string directory;    // of the project; "." is its root
  std::string ignore_file;  // empty: none
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
  bool complete = true;           // false: the folder has more files than are counted
  bool ignores_target = true;     // every target/ of cargo that could lie there
  bool ignores_git = true;        //
  std::vector<Offender> largest;  // of what is sent, the largest first
};

// A service that is built from Rust sources, or could be.
struct ServiceFacts {
  std::string name;
  std::string dockerfile;       // relative to the project's tree
  std::string optimised_there;  // a Dockerfile beside it that cooks dependencies, where this one does not; empty: none
  bool rust = false;
  bool cooks = false;              // has a `cargo chef cook`
  bool chef_provided = false;      // the cook's stage, or one below it, brings cargo-chef
  bool flags_match = true;         // of cook and build
  bool shareable = true;           // no argument of a service before the cook
  bool artifacts_in_layer = true;  // no cache mount over target/
  std::vector<std::string> notes;  // file:line: message, of what defeats sharing
  std::string image;               // as published
  std::optional<bool> published;   // in the registry; empty: not asked
};

struct ProjectFacts {
  std::string folder;
  std::string name;
  std::string problem;                        // it can't be read; empty: fine
  bool found = false;                         // there is a compose file here
  std::vector<std::string> files;             // that were read
  std::vector<std::string> unused_overrides;  // lie beside them and were not
  std::vector<ServiceFacts> services;
  std::vector<ContextFacts> contexts;
  std::vector<std::string> running;  // services of it that run here
  std::string running_problem;       // why that is not known
};

struct Facts {
  HostFacts host;
  KeyFacts key;
  FarmFacts farm;
  RegistryFacts registry;
  BuilderFacts builder;
  ProjectFacts project;
};

}  // namespace farm::ctl::doctor
