// Options that several verbs have.
#include "farmctl/cli/cli.hpp"

namespace farm::ctl {

void add_compose_options(CLI::App& verb, ProjectOptions& project) {
  verb.add_option("-f,--file", project.files, "compose file (may be given several times; default: as docker compose finds it)")
      ->allow_extra_args(false)
      ->type_name("FILE");
  verb.add_option("--project-directory", project.project_directory,
                  "folder that relative paths start from (default: that of the first file)")
      ->type_name("DIR");
  verb.add_option("-p,--project-name", project.project_name, "name of the project")->type_name("NAME");
  verb.add_option("--profile", project.profiles, "compose profile to switch on (may be given several times)")
      ->allow_extra_args(false)
      ->type_name("NAME");
  verb.add_option("--env-file", project.env_files, "file of variables instead of .env (may be given several times)")
      ->allow_extra_args(false)
      ->type_name("FILE");
}

void add_project_options(CLI::App& verb, ProjectOptions& project) {
  add_compose_options(verb, project);
  verb.add_option("--tag", project.tag, "tag of the published images (default: as compose names them)")->type_name("TAG");
  verb.add_option("--platform", project.platform, "platform where compose names none, e.g. linux/amd64")->type_name("OS/ARCH");
  verb.add_flag_callback("--no-index", [&project] { project.use_index = false; }, "hash every file instead of trusting the stat index");
}

void add_output(CLI::App& verb, Output& output, const std::map<std::string, Output>& outputs, const char* help) {
  add_choice(verb, "-o,--output", output, outputs, "output", help);
}

}  // namespace farm::ctl
