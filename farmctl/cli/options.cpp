// Options that several verbs have.
#include <limits>

#include "farmctl/cli/cli.hpp"
#include "farmctl/commands/words.hpp"
#include "shared/oci/image_ref.hpp"
#include "shared/plan/image_units.hpp"

namespace farm::ctl {

CLI::Option* add_number(CLI::App& verb, const std::string& names, const std::string& value, std::uint64_t least, std::uint64_t most,
                        const std::string& help, std::function<void(std::uint64_t)> take) {
  const std::string name = names.substr(names.rfind(',') + 1);
  const auto read = [name, least, most, take = std::move(take)](const std::string& text) {
    const Result<std::uint64_t> number = parse_number(text, least, most);
    if (!number) throw CLI::ValidationError(name, number.error().message);
    take(*number);
  };
  return verb.add_option_function<std::string>(names, read, help)->type_name(value);
}

CLI::Option* add_build_number(CLI::App& verb, const std::string& names, std::uint64_t least, const std::string& help,
                              std::uint64_t& number) {
  return add_number(verb, names, "BUILD", least, std::numeric_limits<std::int64_t>::max(), help, number);
}

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
  // Here, and not only where images are named: the message would be one for each service, with a place in a file that is right.
  const auto tag = [&project](const std::string& text) {
    if (!oci::valid_tag(text))
      throw CLI::ValidationError("--tag", "'" + text + "' is no tag of an image (letters, digits, '_', '.', '-'; at most 128)");
    project.tag = text;
  };
  const auto platform = [&project](const std::string& text) {
    if (!plan::is_platform(text))
      throw CLI::ValidationError("--platform", "'" + text + "' is no platform; write OS/ARCH, e.g. linux/amd64");
    project.platform = text;
  };
  verb.add_option_function<std::string>("--tag", tag, "tag of the published images (default: as compose names them)")->type_name("TAG");
  verb.add_option_function<std::string>("--platform", platform, "platform where compose names none, e.g. linux/amd64")
      ->type_name("OS/ARCH");
  verb.add_flag_callback("--no-index", [&project] { project.use_index = false; }, "hash every file instead of trusting the stat index");
}

void add_output(CLI::App& verb, Output& output, const std::map<std::string, Output>& outputs, const char* help) {
  add_choice(verb, "-o,--output", output, outputs, "output", help);
}

}  // namespace farm::ctl
