// The real example on disk, from compose files to the plan.
#include "farmctl/client/read_project.hpp"

#include <gtest/gtest.h>

#include "tests/support/golden.hpp"
#include "tests/support/temp_dir.hpp"

namespace farm::ctl {
namespace {

ProjectOptions market() {
  ProjectOptions options;
  const std::string folder = FARM_SOURCE_DIR "/examples/market/";
  options.files = {folder + "docker-compose.yml", folder + "docker-compose.override.yml"};
  options.use_index = false;
  return options;
}

// All of a plan but digests and sizes, which change with each line of the example.
std::string outline(const Plan& plan) {
  std::map<Digest, std::string> slices;
  for (const SliceInfo& slice : plan.slices) slices[slice.id] = slice.name;
  std::string text;
  for (const JobSpec& job : plan.jobs) {
    text += job.name + "\n  target " + job.target + ", " + job.platform + ", to " + job.repository + "\n";
    for (const auto& [name, value] : job.args) text += "  arg " + name + "=" + value + "\n";
    for (const BaseImage& base : job.bases) text += "  base " + base.reference + " as " + base.context_name + "\n";
    for (const StageInput& input : job.inputs) text += "  stage " + input.stage + " is " + plan.jobs[input.job].name + "\n";
    if (job.compile_route)
      text += "  or stage " + job.compile_route->stage + " is " + plan.jobs[job.compile_route->job].name + ", binary " +
              job.compile_route->bin + "\n";
    for (const SliceUse& use : job.slices) text += "  slice " + slices[use.id] + (use.compiled_below ? ", compiled below" : "") + "\n";
    for (const KeyInput& input : job.key_inputs) {
      if (!input.name.starts_with("lock ")) text += "  key " + input.name + "\n";
    }
  }
  for (const ServicePlan& service : plan.services)
    text += service.service + " is " + plan.jobs[service.job].name + ", " + service.image + "\n";
  for (const Diagnostic& note : plan.notes) text += to_string(note) + "\n";
  return text;
}

TEST(ReadProject, PlansTheMarketAsItAlwaysDid) {
  const auto project = read_project(market());
  ASSERT_TRUE(project) << project.error().message;
  const Plan& plan = project->plan.plan;
  farm::test::expect_golden("plan/market.txt", outline(plan));
  for (const JobSpec& job : plan.jobs) {
    if (job.kind != JobKind::Image) farm::test::expect_golden("plan/market-" + job.name + ".Dockerfile", job.dockerfile);
  }
}

TEST(ReadProject, AFewServicesHaveTheKeysOfAll) {
  const auto all = read_project(market());
  ProjectOptions options = market();
  options.services = {"orchestrator", "shard"};
  const auto some = read_project(options);
  ASSERT_TRUE(all && some);
  std::map<std::string, Digest> keys;
  for (const JobSpec& job : all->plan.plan.jobs) keys[job.name] = client_key(job);
  EXPECT_EQ(some->plan.plan.services.size(), 3U);
  for (const JobSpec& job : some->plan.plan.jobs) EXPECT_EQ(client_key(job), keys.at(job.name)) << job.name;
}

TEST(ReadProject, WithoutTheOverrideEachServiceIsBuiltAsItsDockerfileStands) {
  ProjectOptions options = market();
  options.files.pop_back();
  const auto project = read_project(options);
  ASSERT_TRUE(project) << project.error().message;
  EXPECT_EQ(project->plan.plan.jobs.size(), 5U);
  for (const JobSpec& job : project->plan.plan.jobs) EXPECT_FALSE(job.cache_name.empty()) << job.name;
}

TEST(ReadProject, ATagReplacesThatOfEveryImage) {
  ProjectOptions options = market();
  options.tag = "pr-7";
  const auto project = read_project(options);
  ASSERT_TRUE(project);
  for (const ServicePlan& service : project->plan.plan.services) EXPECT_TRUE(service.image.ends_with(":pr-7")) << service.image;
}

TEST(ReadProject, SaysWhatIsWrongWithItsPlace) {
  ProjectOptions options = market();
  options.services = {"nobody"};
  EXPECT_EQ(read_project(options).error().kind, ErrorKind::InvalidInput);
  const farm::test::TempDir dir;
  dir.write("compose.yaml", "services:\n  a:\n    build: nowhere\n");
  ProjectOptions missing;
  missing.files = {dir.at("compose.yaml")};
  missing.use_index = false;
  EXPECT_EQ(read_project(missing).error().message, "compose.yaml:3: error: service \"a\": build context \"nowhere\" does not exist");
  missing.files = {dir.at("other.yaml")};
  EXPECT_NE(read_project(missing).error().message.find("other.yaml does not exist"), std::string::npos);
}

}  // namespace
}  // namespace farm::ctl
