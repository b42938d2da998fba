#include "farmctl/render/complete.hpp"

#include <gtest/gtest.h>

#include "farmctl/render/completion_script.hpp"
#include "farmctl/render/man_page.hpp"

namespace farm::ctl {
namespace {

CommandDoc root() {
  CommandDoc submit{"submit", "build services", "Examples:\n  farmctl submit\n", {}, {}, {}};
  submit.options = {{{"-o", "--output"}, "json|text", "how it is shown", false, false},
                    {{"--junit"}, "FILE", "a report", false, false},
                    {{"--project-directory"}, "DIR", "a folder", false, false},
                    {{"--pull"}, "", "ask again", false, false}};
  submit.positionals = {{{"services"}, "SERVICE", "which", false, true}};
  CommandDoc cancel{"cancel", "cancel a build", "", {}, {{{"build"}, "BUILD", "its number", true, false}}, {}};
  CommandDoc keys{"keys", "keys", "", {}, {}, {{"new", "a new one", "", {}, {{{"file"}, "FILE", "", true, false}}, {}}}};
  return {"farmctl", "builds", "", {{{"--config"}, "FILE", "the configuration", false, false}}, {}, {submit, cancel, keys}};
}

std::vector<std::string> offered(const std::vector<std::string>& words) {
  std::vector<std::string> texts;
  for (const Candidate& candidate : complete(root(), words).candidates) texts.push_back(candidate.text);
  return texts;
}

using Words = std::vector<std::string>;

TEST(Complete, VerbsFirst) {
  EXPECT_EQ(offered({""}), (Words{"submit", "cancel", "keys"}));
  EXPECT_EQ(offered({"keys", ""}), Words{"new"});
  EXPECT_TRUE(complete(root(), {}).candidates.empty());
}

TEST(Complete, OptionsOfTheVerbAndOfTheProgram) {
  EXPECT_EQ(offered({"submit", "-"}), (Words{"--output", "--junit", "--project-directory", "--pull", "--config"}));
  EXPECT_EQ(offered({"-"}), Words{"--config"});
}

TEST(Complete, ValuesInBothForms) {
  EXPECT_EQ(offered({"submit", "--output", ""}), (Words{"json", "text"}));
  EXPECT_EQ(offered({"submit", "-o", "j"}), (Words{"json", "text"}));
  EXPECT_EQ(render_completion(complete(root(), {"submit", "--output=j"})), "--output=json\t\n:\n");
  EXPECT_EQ(complete(root(), {"submit", "--junit", ""}).wanted, Wanted::Files);
  EXPECT_EQ(complete(root(), {"submit", "--junit=re"}).wanted, Wanted::Files);
  EXPECT_EQ(complete(root(), {"submit", "--project-directory", ""}).wanted, Wanted::Folders);
  EXPECT_EQ(complete(root(), {"--config", ""}).wanted, Wanted::Files);
}

TEST(Complete, PositionalsByWhatTheyAre) {
  EXPECT_EQ(complete(root(), {"submit", ""}).wanted, Wanted::Services);
  EXPECT_EQ(complete(root(), {"submit", "--pull", "api", "--junit", "x", ""}).wanted, Wanted::Services);
  EXPECT_EQ(complete(root(), {"cancel", ""}).wanted, Wanted::Builds);
  EXPECT_EQ(complete(root(), {"cancel", "7", ""}).wanted, Wanted::Nothing) << "it takes one";
  EXPECT_EQ(complete(root(), {"keys", "new", ""}).wanted, Wanted::Files);
  EXPECT_EQ(complete(root(), {"submit", "--", "-"}).wanted, Wanted::Services) << "after -- nothing is an option";
  EXPECT_EQ(complete(root(), {"nonsense", "", "x"}).wanted, Wanted::Nothing);
}

TEST(Complete, WhatIsGivenIsNotOfferedAgain) {
  Completion completion = complete(root(), {"submit", "api", ""});
  completion.candidates = {{"api", ""}, {"worker", "a\tb\nc"}};
  EXPECT_EQ(render_completion(completion), "worker\ta b c\n:\n");
}

TEST(OptionDoc, ChoicesAreTheWordsOfItsValue) {
  EXPECT_EQ((OptionDoc{{}, "a|b|c", "", false, false}.choices()), (Words{"a", "b", "c"}));
  EXPECT_TRUE((OptionDoc{{}, "FILE", "", false, false}.choices().empty()));
}

TEST(CompletionScript, EachShellHasItsOwnAndAllAskTheSameQuestion) {
  for (const char* shell : {"bash", "zsh", "fish"}) EXPECT_NE(completion_script(shell).find("__complete"), std::string::npos) << shell;
  EXPECT_NE(completion_script("bash"), completion_script("zsh"));
}

TEST(ManPage, NamesEveryVerbAndOption) {
  const CommandDoc doc = root();
  const std::string page = render_man_page(doc, "1.0");
  EXPECT_NE(page.find("\\fBcancel\\fR"), std::string::npos);
  EXPECT_NE(page.find("farmctl\\-keys"), std::string::npos);
  const std::string submit = render_verb_man_page(doc, doc.subcommands[0], "1.0");
  for (const char* text : {".TH \"FARMCTL\\-SUBMIT\"", "\\fB\\-o\\fR, \\fB\\-\\-output\\fR \\fIjson|text\\fR", "[\\fISERVICE\\fR...]",
                           ".SH EXAMPLES", "farmctl submit\n"}) {
    EXPECT_NE(submit.find(text), std::string::npos) << text << "\n" << submit;
  }
}

TEST(TroffText, NothingIsACommand) { EXPECT_EQ(troff_text(".so /etc/passwd\n'x\n\\fB-"), "\\&.so /etc/passwd\n\\&\\(aqx\n\\efB\\-"); }

}  // namespace
}  // namespace farm::ctl
