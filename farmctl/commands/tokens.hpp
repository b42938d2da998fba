// Purpose: `farmctl keys token`: tokens in a key book. The book's hashes are no secret; a token is printed once, when it is made. The local
// farm's coordinator reads its book again at once, others are told how to.
#pragma once

#include <string>
#include <vector>

#include "farmctl/commands/commands.hpp"

namespace farm::ctl {

struct TokenOptions {
  std::string name;
  std::string role = "client";
  std::vector<std::string> projects;  // empty: all
  std::string book;                   // empty: the local farm's
  bool print = false;                 // write no book
};

ExitCode run_token_add(const GlobalOptions& global, const TokenOptions& options);
ExitCode run_token_rm(const GlobalOptions& global, const TokenOptions& options);
ExitCode run_token_list(const GlobalOptions& global, const TokenOptions& options);

}  // namespace farm::ctl
