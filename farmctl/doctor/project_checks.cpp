// The compose project in the folder: its files, Dockerfiles and contexts, and what became of its builds.
#include <algorithm>
#include <set>

#include "farmctl/doctor/line.hpp"
#include "farmctl/render/text.hpp"

namespace farm::ctl::doctor {
namespace {

constexpr std::uint64_t kContextWanted = 100'000'000;
constexpr std::size_t kOffendersShown = 5;
constexpr std::size_t kPathShown = 120;  // columns

constexpr const char* kNoProject = "there is no compose project in this folder";

// The names of the services that `pick` takes.
template <typename Pick>
std::vector<std::string> services_that(const ProjectFacts& project, Pick pick) {
  std::vector<std::string> names;
  for (const ServiceFacts& service : project.services) {
    if (pick(service)) names.push_back(service.name);
  }
  return names;
}

std::vector<std::string> rust_services(const ProjectFacts& project) {
  return services_that(project, [](const ServiceFacts& service) { return service.rust; });
}

Line project_line(const ProjectFacts& project) {
  const Draft draft("project", "the compose project", "compose files that can be read, with services to build");
  if (!project.problem.empty()) return draft.broken(project.problem, "mend the file at the line that is named");
  if (!project.found) return draft.skipped(kNoProject);
  if (project.services.empty()) return draft.warning("no service has a `build`", "give a service a `build`");
  return draft.ok(project.name + ": " + std::to_string(project.services.size()) +
                  (project.services.size() == 1 ? " service" : " services") + " to build, from " + listed(project.files));
}

Line override_line(const ProjectFacts& project) {
  const Draft draft("override", "the override", "where there is one, it is read, and the services use the optimised Dockerfile");
  if (!project.found) return draft.skipped(kNoProject);
  if (!project.unused_overrides.empty()) {
    return draft.broken(listed(project.unused_overrides) + " is there and is not read",
                        "leave out -f and COMPOSE_FILE, or name it there too; `docker compose config` shows what is used");
  }
  std::vector<std::string> passed_by;
  for (const ServiceFacts& service : project.services) {
    if (!service.optimised_there.empty())
      passed_by.push_back(service.name + " uses " + service.dockerfile + ", not " + service.optimised_there);
  }
  if (!passed_by.empty())
    return draft.warning(listed(passed_by), "`farmctl init` writes an override, or set `build.dockerfile` of these services");
  return draft.ok(project.services.empty() ? "there is nothing to override" : "every service uses the best Dockerfile there is");
}

Line dockerfile_line(const ProjectFacts& project) {
  const Draft draft("optimised-dockerfile", "Dockerfiles of Rust services", "they cook the dependencies (`cargo chef cook`)");
  if (!project.found) return draft.skipped(kNoProject);
  const std::vector<std::string> rust = rust_services(project);
  if (rust.empty()) return draft.skipped("no service is built from Rust sources");
  const auto plain = services_that(project, [](const ServiceFacts& service) { return service.rust && !service.cooks; });
  if (plain.empty()) return draft.ok("all " + std::to_string(rust.size()) + " do");
  return draft.warning(listed(plain) + ": every dependency is compiled again for each change", "`farmctl init` writes such a Dockerfile");
}

Line ignore_line(const ProjectFacts& project) {
  const Draft draft("dockerignore", ".dockerignore", "one per context, which leaves out target/ and .git");
  if (!project.found) return draft.skipped(kNoProject);
  std::vector<std::string> problems;
  bool missing = false;
  for (const ContextFacts& context : project.contexts) {
    const std::string where = context.directory.empty() ? "." : context.directory;
    if (context.ignore_file.empty()) {
      missing = true;
      problems.push_back(where + " has none");
    } else {
      if (!context.ignores_target) problems.push_back(context.ignore_file + " lets target/ in");
      if (!context.ignores_git) problems.push_back(context.ignore_file + " lets .git in");
    }
  }
  if (problems.empty())
    return draft.ok(project.contexts.size() == 1 ? "the context has one"
                                                 : "each of " + std::to_string(project.contexts.size()) + " contexts has one");
  return draft.warning(listed(problems), missing ? "`farmctl init` writes one" : "add the missing lines to it");
}

Line context_line(const ProjectFacts& project) {
  const Draft draft("context", "what is sent of the context", "less than " + format_bytes(kContextWanted) + " after .dockerignore");
  if (!project.found) return draft.skipped(kNoProject);
  if (project.contexts.empty()) return draft.skipped("no context was read");
  std::string text;
  bool large = false;
  for (const ContextFacts& context : project.contexts) {
    large = large || context.bytes_after > kContextWanted;
    text += (text.empty() ? "" : "\n") + (context.directory.empty() ? "." : context.directory) + ": " + format_bytes(context.bytes_before) +
            (context.complete ? "" : " or more") + " before, " + format_bytes(context.bytes_after) + " after";
    std::vector<std::string> largest;
    for (const Offender& offender : context.largest) largest.push_back(fit(offender.path, kPathShown) + " " + format_bytes(offender.bytes));
    if (!largest.empty()) text += "; largest: " + listed(largest, kOffendersShown);
  }
  return large ? draft.warning(text, "add what the images don't need to .dockerignore") : draft.ok(text);
}

// A check over the services that cook.
template <typename Bad>
Line cook_line(const ProjectFacts& project, const Draft& draft, const std::string& good, const std::string& problem,
               const std::string& mend, bool breaks, Bad bad) {
  if (!project.found) return draft.skipped(kNoProject);
  const auto cooking = services_that(project, [](const ServiceFacts& service) { return service.cooks; });
  if (cooking.empty()) return draft.skipped("no service cooks its dependencies");
  const auto names = services_that(project, [&](const ServiceFacts& service) { return service.cooks && bad(service); });
  if (names.empty()) return draft.ok(good);
  std::string found = listed(names) + ": " + problem;
  std::vector<std::string> notes;
  for (const ServiceFacts& service : project.services) {
    for (const std::string& note : service.notes) {
      if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
    }
  }
  if (!breaks) {
    for (std::size_t i = 0; i < notes.size() && i < 5; ++i) found += "\n" + notes[i];
  }
  return breaks ? draft.broken(found, mend) : draft.warning(found, mend);
}

Line chef_line(const ProjectFacts& project) {
  return cook_line(project, Draft("cargo-chef", "cargo-chef in the cook's stage", "the stage, or one under it, brings it"), "it is there",
                   "nothing brings cargo-chef, so the cook ends with \"no such command: `chef`\"",
                   "start from lukemathwalker/cargo-chef, or `RUN cargo install cargo-chef --locked` before the cook", true,
                   [](const ServiceFacts& service) { return !service.chef_provided; });
}

Line flags_line(const ProjectFacts& project) {
  return cook_line(project, Draft("flags", "flags of cook and build", "the same profile, features, target, environment and folder"),
                   "they agree", "they differ, so the build compiles every dependency again", "give both commands the same flags", false,
                   [](const ServiceFacts& service) { return !service.flags_match; });
}

Line sharing_line(const ProjectFacts& project) {
  return cook_line(project, Draft("sharing", "sharing of the dependency layer", "nothing of one service stands before the cook"),
                   "the layer is shared", "the layer can't be shared between services",
                   "move the ARG below the cook, drop the cache mount over target/; `farmctl plan` names each line", false,
                   [](const ServiceFacts& service) { return !service.shareable || !service.artifacts_in_layer; });
}

Line images_line(const ProjectFacts& project) {
  const Draft draft("images", "published images", "one per service, in the registry");
  if (!project.found) return draft.skipped(kNoProject);
  std::set<std::string> missing;  // two services may have one image
  std::set<std::string> asked;
  for (const ServiceFacts& service : project.services) {
    if (!service.published) continue;
    asked.insert(service.image);
    if (!*service.published) missing.insert(service.image);
  }
  if (asked.empty()) return draft.skipped("the registry was not asked");
  if (missing.empty()) return draft.ok("all " + std::to_string(asked.size()) + " are there");
  return draft.warning("not there: " + listed({missing.begin(), missing.end()}),
                       "`farmctl submit --parallel all` builds and publishes them");
}

Line running_line(const ProjectFacts& project) {
  const Draft draft("running", "services that run here", "those that were started (`farmctl up`)");
  if (!project.found) return draft.skipped(kNoProject);
  if (!project.running_problem.empty()) return draft.skipped(project.running_problem);
  return draft.ok(project.running.empty() ? "none" : listed(project.running, 10));
}

}  // namespace

void examine_project(const Facts& facts, std::vector<Line>& lines) {
  for (Line (*check)(const ProjectFacts&) : {project_line, override_line, dockerfile_line, ignore_line, context_line, chef_line, flags_line,
                                             sharing_line, images_line, running_line})
    lines.push_back(check(facts.project));
}

void examine_builds(const Facts& facts, std::vector<Line>& lines) {
  const Draft first("first-build", "a first build", "one that succeeded");
  const Draft second("second-build", "a later build", "one in which most jobs hit");
  if (!facts.project.found || facts.farm.role.empty()) {
    const std::string why = facts.project.found ? "the coordinator was not asked" : kNoProject;
    lines.push_back(first.skipped(why));
    lines.push_back(second.skipped(why));
    return;
  }
  std::vector<const BuildSummary*> done;  // newest first
  for (const BuildSummary& build : facts.farm.builds) {
    if (build.project == facts.project.name && build.state == BuildState::Succeeded) done.push_back(&build);
  }
  const auto shown = [](const BuildSummary& build) {
    return "build " + to_string(build.id) + " ran " + std::to_string(build.jobs_run) + " of " + std::to_string(build.jobs) + " jobs in " +
           format_duration(Millis{build.finished_ms - build.created_ms});
  };
  if (done.empty()) {
    lines.push_back(first.warning("none among the newest builds", "`farmctl submit --parallel all`"));
    lines.push_back(second.skipped("there was no first one"));
    return;
  }
  lines.push_back(first.ok(shown(*done.back())));
  if (done.size() < 2) {
    lines.push_back(second.skipped("there was one only"));
  } else if (2 * done.front()->jobs_run <= done.front()->jobs) {
    lines.push_back(second.ok(shown(*done.front())));
  } else {
    lines.push_back(second.warning(shown(*done.front()), "`farmctl explain SERVICE` says why a service was built again"));
  }
}

}  // namespace farm::ctl::doctor
