#include "agent/app/job_runner.hpp"

#include <algorithm>

#include "agent/build/metadata.hpp"
#include "shared/oci/manifest.hpp"
#include "tests/integration/agent/build_bed.hpp"

namespace farm::agent {
namespace {

constexpr const char* kDockerfile = "FROM scratch AS base\nCOPY program /program\nRUN [\"/program\", \"hello\"]\n";

std::string text_of(const JobOutcome& outcome) {
  if (const auto* failed = std::get_if<BuildFailed>(&outcome)) return "build failed: " + failed->message;
  if (const auto* failed = std::get_if<InfraFailed>(&outcome)) return "infra failed: " + failed->message;
  return "outcome " + std::to_string(outcome.index());
}

Digest image_of(const protocol::JobReport& report) {
  const auto* done = std::get_if<Succeeded>(&report.outcome);
  EXPECT_NE(done, nullptr) << text_of(report.outcome);
  return done != nullptr ? done->image : Digest{};
}

class AgentBuild : public ::testing::Test {
 protected:
  void SetUp() override {
    FARM_NEEDS_BUILDKIT();
    bed = std::make_unique<BuildBed>();
  }
  std::unique_ptr<BuildBed> bed;
};

TEST_F(AgentBuild, AnImageIsBuiltFromSlicesAndItsDigestIsInTheRegistry) {
  const protocol::StartJob start = bed->job(kDockerfile);
  const protocol::JobReport report = bed->run(start);
  const Digest image = image_of(report);
  oci::RegistryClient& registry = bed->registries.at(bed->registry.address(), true);
  const Result<oci::Manifest> manifest = registry.get_manifest("it/image", image.oci());
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->digest, image);
  EXPECT_EQ(std::get<Succeeded>(report.outcome).bytes, oci::parse_manifest(manifest->bytes)->blob_bytes());
  EXPECT_GT(report.timings.pushed_bytes, 0U);
  EXPECT_EQ(report.timings.steps, 2U);
  EXPECT_EQ(report.timings.steps_cached, 0U);
  EXPECT_EQ(report.timings.fetched_bytes, start.blobs[0].bytes);
  EXPECT_NE(bed->log.find("word hello\n"), std::string::npos) << bed->log;
  EXPECT_EQ(bed->phases.front(), "fetching");
  EXPECT_NE(std::find(bed->phases.begin(), bed->phases.end(), "pushing"), bed->phases.end());
  EXPECT_TRUE(std::filesystem::is_empty(bed->dir.at("state/jobs")));
}

TEST_F(AgentBuild, TheSecondTimeBuildKitAnswersFromItsCacheAndTheDigestIsTheSame) {
  const Digest first = image_of(bed->run(bed->job(kDockerfile)));
  const protocol::JobReport again = bed->run(bed->job(kDockerfile));
  EXPECT_EQ(image_of(again), first);
  EXPECT_EQ(again.timings.steps_cached, again.timings.steps);
  EXPECT_GT(again.timings.steps_cached, 0U);
  EXPECT_EQ(again.timings.fetched_bytes, 0U);
  protocol::StartJob fresh = bed->job(kDockerfile);
  fresh.no_cache = true;
  const protocol::JobReport third = bed->run(fresh);
  EXPECT_EQ(third.timings.steps_cached, 0U);
  EXPECT_EQ(image_of(third), first) << "an image must be the same wherever and whenever it is built";
}

TEST_F(AgentBuild, AChangedFileOfTheSameSizeIsSeen) {
  const std::string dockerfile = "FROM scratch\nCOPY program /program\nCOPY note /note\nRUN [\"/program\", \"cat\", \"/note\"]\n";
  protocol::StartJob start = bed->job(dockerfile);
  bed->add_slice(start, {{"note", "one"}});
  image_of(bed->run(start));
  EXPECT_NE(bed->log.find("read one\n"), std::string::npos) << bed->log;
  start = bed->job(dockerfile);
  bed->add_slice(start, {{"note", "two"}});
  image_of(bed->run(start));
  EXPECT_NE(bed->log.find("read two\n"), std::string::npos) << bed->log;
}

TEST_F(AgentBuild, AStageIsReplacedByTheDigestOfAnEarlierJob) {
  protocol::StartJob deps = bed->job("FROM scratch AS deps\nCOPY program /program\nRUN [\"/program\", \"cooking\"]\n");
  deps.spec.kind = JobKind::Deps;
  deps.spec.repository = "farm/deps";
  const Digest layer = image_of(bed->run(deps));
  protocol::StartJob image = bed->job("FROM scratch AS deps\nCOPY nowhere /never\nFROM deps\nRUN [\"/program\", \"serving\"]\n");
  image.overrides = {{"deps", bed->registry.address() + "/farm/deps@" + layer.oci()}};
  const protocol::JobReport report = bed->run(image);
  image_of(report);
  EXPECT_NE(bed->log.find("word serving\n"), std::string::npos) << bed->log;
  EXPECT_EQ(bed->log.find("cooking"), std::string::npos) << bed->log;
}

TEST_F(AgentBuild, AFailingStepIsTheBuildsWithItsExitCodeAndCompilersError) {
  const protocol::JobReport report = bed->run(bed->job("FROM scratch\nCOPY program /program\nRUN [\"/program\", \"fail\"]\n"));
  const auto* failed = std::get_if<BuildFailed>(&report.outcome);
  ASSERT_NE(failed, nullptr) << text_of(report.outcome);
  EXPECT_EQ(failed->exit_code, 7);
  EXPECT_NE(failed->message.find("error[E0308]: mismatched types\n --> src/main.rs:3:5"), std::string::npos) << failed->message;
  EXPECT_FALSE(failed->missing_file);
}

TEST_F(AgentBuild, AFileThatIsNotInTheSlicesIsAMissingFile) {
  const protocol::JobReport report = bed->run(bed->job("FROM scratch\nCOPY gone /gone\n"));
  const auto* failed = std::get_if<BuildFailed>(&report.outcome);
  ASSERT_NE(failed, nullptr) << text_of(report.outcome);
  EXPECT_TRUE(failed->missing_file) << failed->message;
}

TEST_F(AgentBuild, ASecretReachesTheStepAndNothingElse) {
  protocol::StartJob start = bed->job(
      "FROM scratch\nCOPY program /program\nRUN --mount=type=secret,id=token,required=true [\"/program\", \"cat\", "
      "\"/run/secrets/token\"]\n");
  start.spec.secrets = {"token"};
  start.secrets = {{"token", "hunter2-hunter2"}};
  image_of(bed->run(start));
  EXPECT_NE(bed->log.find("read hunter2-hunter2\n"), std::string::npos) << "the log is redacted by the caller";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(bed->dir.at("state"))) {
    if (!entry.is_regular_file()) continue;
    std::ostringstream bytes;
    bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    EXPECT_EQ(bytes.str().find("hunter2-hunter2"), std::string::npos) << entry.path();
  }
}

TEST_F(AgentBuild, ACancelledJobEndsAtOnce) {
  std::stop_source stop;
  bed->on_log = [&](std::string_view text) {
    if (text.find("word wait") == std::string_view::npos) return;
    bed->reason = StopReason::Cancelled;
    stop.request_stop();
  };
  const protocol::JobReport report =
      bed->run(bed->job("FROM scratch\nCOPY program /program\nRUN [\"/program\", \"wait\"]\n"), stop.get_token());
  EXPECT_TRUE(std::holds_alternative<JobCancelled>(report.outcome)) << text_of(report.outcome);
}

TEST_F(AgentBuild, ABuildKitThatDiesInTheMiddleIsTheFarmsFault) {
  bed->on_log = [&](std::string_view text) {
    if (text.find("word wait") != std::string_view::npos) bed->buildkit.kill();
  };
  const protocol::JobReport report = bed->run(bed->job("FROM scratch\nCOPY program /program\nRUN [\"/program\", \"wait\"]\n"));
  const auto* failed = std::get_if<InfraFailed>(&report.outcome);
  ASSERT_NE(failed, nullptr) << text_of(report.outcome);
  EXPECT_EQ(failed->kind, ErrorKind::Unavailable);
}

TEST_F(AgentBuild, ARegistryThatIsAwayIsTheFarmsFault) {
  protocol::StartJob start = bed->job(kDockerfile);
  image_of(bed->run(start));  // the slices are in the cache now
  bed->registry.stop();
  start.fence = Fence{99};
  start.no_cache = true;
  const protocol::JobReport report = bed->run(start);
  const auto* failed = std::get_if<InfraFailed>(&report.outcome);
  ASSERT_NE(failed, nullptr) << text_of(report.outcome);
  EXPECT_EQ(failed->kind, ErrorKind::Unavailable) << failed->message;
}

TEST_F(AgentBuild, TheBuildersVersionIsTold) {
  const Result<Builder> builder = make_builder(bed->runner, bed->config, {"PATH=/usr/bin:/bin"});
  ASSERT_TRUE(builder);
  const Result<std::string> version = ask_buildkit_version(bed->runner, *builder);
  ASSERT_TRUE(version) << version.error().message;
  EXPECT_TRUE(build::check_buildkit_version(*version)) << *version;
  bed->buildkit.kill();
  EXPECT_EQ(ask_buildkit_version(bed->runner, *builder).error().kind, ErrorKind::Unavailable);
}

}  // namespace
}  // namespace farm::agent
