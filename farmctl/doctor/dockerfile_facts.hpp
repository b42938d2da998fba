// Purpose: what a Dockerfile says about how well it builds Rust. Pure.
#pragma once

#include <map>
#include <set>
#include <string>

#include "farmctl/doctor/facts.hpp"

namespace farm::ctl::doctor {

struct DockerfileInput {
  std::string file_name;
  std::string text;
  std::map<std::string, std::string> args;
  std::string target;
  std::set<std::string> service_args;  // whose values differ between the services of this Dockerfile
};

// Fills in what concerns Rust. One that can't be parsed leaves a note.
void read_dockerfile(const DockerfileInput& input, ServiceFacts& service);

}  // namespace farm::ctl::doctor
