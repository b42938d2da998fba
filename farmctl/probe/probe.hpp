// Purpose: finds out what farmctl/doctor judges: looks at this machine, asks the coordinator, tries the registry and a BuildKit of this
// machine, reads the project. What fails is a fact, not an error. Bounded in time: each question has a timeout, and folders are counted up
// to two million files.
#pragma once

#include <string>

#include "farmctl/client/read_project.hpp"
#include "farmctl/commands/commands.hpp"
#include "farmctl/doctor/facts.hpp"
#include "shared/config/config.hpp"

namespace farm::ctl::probe {

doctor::HostFacts host_facts();
doctor::KeyFacts key_facts(const std::string& file);

// Everything that needs the farm: the coordinator's answers, its registry, and the BuildKit of the local farm. Fills in facts.key, .farm,
// .registry and .builder.
void ask_farm(const GlobalOptions& global, doctor::Facts& facts);

// Pushes, reads and deletes an artefact of a few bytes in the repository farm/doctor.
doctor::RegistryFacts try_registry(const std::string& address, bool insecure);

// Builds one file twice with the BuildKit of the farm that `farmctl local up` started here: to the registry with its cache, then from it.
doctor::BuilderFacts try_builder(const std::string& registry);
// The same with the user's own builder, that of `docker buildx` or `buildx`, if there is one that runs. None is started.
doctor::BuilderFacts try_own_builder(const std::string& registry, bool insecure);

doctor::ProjectFacts project_facts(const ProjectOptions& options);
// Whether the registry has the images of the project's services.
void ask_for_images(const doctor::RegistryFacts& registry, bool insecure, doctor::ProjectFacts& project);

// A program run to its end, with both of its streams in one text of at most 1 MiB. Status 124: it took longer than `seconds`; 127: there is
// no such program.
struct Ran {
  int status = 0;
  std::string text;
};
Ran run(const std::vector<std::string>& argv, const std::vector<std::string>& environment, int seconds);

}  // namespace farm::ctl::probe
