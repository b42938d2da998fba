#include <gtest/gtest.h>

#include <functional>

#include "shared/hash/sha256.hpp"
#include "shared/model/job.hpp"

namespace farm {
namespace {

JobSpec sample() {
  JobSpec job;
  job.name = "image api";
  job.dockerfile = "FROM scratch\n";
  job.target = "runtime";
  job.args = {{"SERVICE", "api"}};
  job.platform = "linux/amd64";
  job.slices = {{sha256("slice"), false}};
  job.secrets = {"token"};
  job.image_labels = {{"a", "b"}};
  job.extra_hosts = {"a=1.2.3.4"};
  job.contexts = {{"tools", {{sha256("tools"), false}}, std::nullopt}};
  job.key_inputs = {{"dockerfile", "x"}, {"slice rest", "y"}};
  job.repository = "shop/api";
  return job;
}

using Change = std::function<void(JobSpec&)>;

TEST(ClientKey, ChangesWithEverythingThatCanChangeTheResult) {
  const std::map<std::string, Change> changes = {
      {"kind", [](JobSpec& job) { job.kind = JobKind::Deps; }},
      {"target", [](JobSpec& job) { job.target = "other"; }},
      {"an arg's value", [](JobSpec& job) { job.args["SERVICE"] = "mail"; }},
      {"another arg", [](JobSpec& job) { job.args["X"] = ""; }},
      {"platform", [](JobSpec& job) { job.platform = "linux/arm64"; }},
      {"a key input", [](JobSpec& job) { job.key_inputs[1].value = "z"; }},
      {"a key input's name", [](JobSpec& job) { job.key_inputs[1].name = "slice other"; }},
      {"a secret's name", [](JobSpec& job) { job.secrets = {"other"}; }},
      {"a label", [](JobSpec& job) { job.image_labels["a"] = "c"; }},
      {"network", [](JobSpec& job) { job.network = "none"; }},
      {"shm", [](JobSpec& job) { job.shm_size_bytes = 1; }},
      {"a host", [](JobSpec& job) { job.extra_hosts = {"a=1.2.3.5"}; }},
      {"a context's content", [](JobSpec& job) { job.contexts[0].slices[0].id = sha256("new"); }},
      {"a context's name", [](JobSpec& job) { job.contexts[0].name = "x"; }},
      {"a context's image", [](JobSpec& job) { job.contexts[0].image = BaseImage{"docker.io/library/a:1", "a:1"}; }},
      {"nothing moves between fields",
       [](JobSpec& job) {
         job.key_inputs = {{"dockerfile", "x"}};
         job.secrets = {"slice rest", "y", "token"};
       }},
  };
  for (const auto& [what, change] : changes) {
    JobSpec job = sample();
    change(job);
    EXPECT_NE(client_key(job), client_key(sample())) << what;
  }
}

TEST(ClientKey, StaysForWhatChangesNoByte) {
  const std::map<std::string, Change> changes = {
      {"name", [](JobSpec& job) { job.name = "other"; }},
      {"repository", [](JobSpec& job) { job.repository = "x/y"; }},
      {"agent labels", [](JobSpec& job) { job.agent_labels = {"gpu"}; }},
      {"the text, whose meaning is a key input", [](JobSpec& job) { job.dockerfile += "# comment\n"; }},
      {"times of files", [](JobSpec& job) { job.slices[0].compiled_below = true; }},
      {"the way", [](JobSpec& job) { job.compile_route = CompileRoute{0, "builder", "api"}; }},
      {"the cache", [](JobSpec& job) { job.cache_name = "c"; }},
  };
  for (const auto& [what, change] : changes) {
    JobSpec job = sample();
    change(job);
    EXPECT_EQ(client_key(job), client_key(sample())) << what;
  }
}

// A changed encoding makes every result of every farm unknown: it must be meant, and then the version in the domain grows.
TEST(ClientKey, TheEncodingIsThatOfVersion1) {
  EXPECT_EQ(client_key(sample()).hex(), "3bfba40ec83e2d92f4d1e128d97938aa9ac28db9e5ac6c26699fd1e74f7782a7");
}

}  // namespace
}  // namespace farm
