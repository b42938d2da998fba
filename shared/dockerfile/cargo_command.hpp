// Purpose: reads the cargo commands of one RUN. Internal to shared/dockerfile. Pure.
#pragma once

#include <string>
#include <vector>

#include "shared/dockerfile/resolve.hpp"
#include "shared/dockerfile/rust_stages.hpp"

namespace farm::dockerfile_detail {

struct CargoCommands {
  std::vector<CargoCommand> commands;
  std::string not_understood;  // a sentence, where a cargo build or chef is in the RUN in a way that isn't understood
};

CargoCommands read_cargo_commands(const Dockerfile& dockerfile, std::size_t stage, std::size_t instruction, const InstructionScope& scope);

// The flags of `cargo build` or `cargo chef cook|prepare`, from the words behind the subcommand. Returns what isn't understood, or "".
std::string read_cargo_flags(const std::vector<std::string>& words, CargoCommand& command);

}  // namespace farm::dockerfile_detail
