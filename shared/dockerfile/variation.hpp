// Purpose: which instructions of a Dockerfile differ between the services that are built from it, because a per-service ARG reaches them
// (directly, or through an ENV or another ARG). Internal to shared/dockerfile. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "shared/dockerfile/resolve.hpp"

namespace farm::dockerfile_detail {

// The first thing on which a stage's content depends that a per-service ARG reaches.
struct Variation {
  std::string arg;  // the variable's name as used there
  int line = 0;
  bool in_text = true;  // false: a RUN that only has it in its environment
};

class Variations {
 public:
  Variations(const Dockerfile& dockerfile, const ResolvedStages& resolved, const std::set<std::string>& service_args);
  // None where the stage's content up to and with `instruction` is the same for all services.
  [[nodiscard]] std::optional<Variation> find(std::size_t stage, std::size_t instruction) const;
  [[nodiscard]] std::optional<Variation> find(std::size_t stage) const { return find(stage, static_cast<std::size_t>(-1)); }

 private:
  struct StageState {
    std::set<std::string> varying;        // variables at its end
    std::map<std::size_t, Variation> at;  // by instruction + 1; 0 is the FROM
  };
  void visit(std::size_t stage);
  void visit_instruction(const Instruction& instruction, std::size_t index, StageState& state);

  const Dockerfile& dockerfile_;
  const ResolvedStages& resolved_;
  const std::set<std::string>& service_args_;
  std::set<std::string> globals_;
  std::map<std::size_t, StageState> stages_;
};

}  // namespace farm::dockerfile_detail
