// Purpose: manual pages (man(7), troff) from the parser's own description of the verbs. Pure.
#pragma once

#include <string>
#include <string_view>

#include "farmctl/render/command_doc.hpp"

namespace farm::ctl {

// farmctl(1): what there is, the options of all verbs, exit status, files and environment.
std::string render_man_page(const CommandDoc& root, const std::string& version);

// farmctl-VERB(1), with the verb's own subcommands.
std::string render_verb_man_page(const CommandDoc& root, const CommandDoc& verb, const std::string& version);

// Text in which troff sees nothing to do.
std::string troff_text(std::string_view text);

}  // namespace farm::ctl
