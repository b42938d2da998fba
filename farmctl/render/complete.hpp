// Purpose: what a shell offers for the word under the cursor. The shells' scripts (completion_script.hpp) ask `farmctl __complete WORDS…`
// each time, so they know every verb that this farmctl has. Pure: names of services and builds are asked for by the caller.
#pragma once

#include <string>
#include <vector>

#include "farmctl/render/command_doc.hpp"

namespace farm::ctl {

struct Candidate {
  std::string text;
  std::string help;
  friend bool operator==(const Candidate&, const Candidate&) = default;
};

enum class Wanted { Nothing, Files, Folders, Services, Builds, Agents };

struct Completion {
  std::vector<Candidate> candidates;  // all that can stand there, also those that don't begin with the word
  Wanted wanted = Wanted::Nothing;    // what else can
  std::string word;                   // the part of the last word that candidates replace ("js" of "--output=js")
  std::string before;                 // the rest of it ("--output=")
  std::vector<std::string> given;     // the values that stand there already; not offered again
};

// `words`: after the program's name, up to the cursor; the last one is being written and may be empty.
Completion complete(const CommandDoc& root, const std::vector<std::string>& words);

// For the script: "TEXT\tHELP" a line for each candidate that begins with the word, then ":files", ":folders" or ":".
std::string render_completion(const Completion& completion);

}  // namespace farm::ctl
