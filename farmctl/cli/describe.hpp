// Purpose: the parser's verbs and options as a value, for completion and man pages.
#pragma once

#include <CLI/CLI.hpp>

#include "farmctl/render/command_doc.hpp"

namespace farm::ctl {

// Hidden verbs and options (of an empty group) are left out.
CommandDoc describe(const CLI::App& app);

}  // namespace farm::ctl
