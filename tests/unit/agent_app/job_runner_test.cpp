#include "agent/app/job_runner.hpp"

#include <algorithm>
#include <fstream>

#include "tests/unit/agent_app/fake_build.hpp"

namespace farm::agent {
namespace {

protocol::JobReport run(FakeBed& bed, std::stop_token stop = {}, StopReason why = StopReason::None) {
  std::atomic<StopReason> reason = why;
  return bed.jobs->run(bed.start, {}, std::move(stop), reason);
}

TEST(JobRunner, TheDigestOfTheMetadataIsTheResult) {
  FakeBed bed;
  std::vector<std::string> env;
  bed.buildx.script = [&](const exec::ProcessSpec& spec, const exec::ProcessSinks& sinks, const std::stop_token&) {
    env = spec.env;
    std::ofstream(metadata_path(spec)) << "{\"containerimage.digest\":\"" << kSomeDigest << "\"}";
    sinks.err(R"({"vertexes":[{"digest":"a","name":"[1/1] RUN x","started":"2026-11-24T08:00:00Z","completed":"2026-11-24T08:00:02Z"}]})",
              false);
    exec::ProcessEnd end;
    end.wall = Millis{2'500};
    return end;
  };
  bed.start.spec.secrets = {"token"};
  bed.start.secrets = {{"token", "hunter2"}};
  const protocol::JobReport report = run(bed);
  ASSERT_TRUE(std::holds_alternative<Succeeded>(report.outcome));
  EXPECT_EQ(std::get<Succeeded>(report.outcome).image.oci(), kSomeDigest);
  EXPECT_EQ(report.timings.run_ms, Millis{2'500});
  EXPECT_EQ(report.timings.steps, 1U);
  EXPECT_EQ(report.steps.at(0).run_ms, Millis{2'000});
  EXPECT_EQ(env, (std::vector<std::string>{"PATH=/bin", "FARM_SECRET_0=hunter2"}));
}

TEST(JobRunner, ASuccessWithoutADigestIsTheFarmsFault) {
  FakeBed bed;
  bed.buildx.script = [](const auto&, const auto&, const auto&) { return exec::ProcessEnd{}; };
  const protocol::JobReport report = run(bed);
  ASSERT_TRUE(std::holds_alternative<InfraFailed>(report.outcome));
  EXPECT_EQ(std::get<InfraFailed>(report.outcome).kind, ErrorKind::Corrupt);
}

TEST(JobRunner, AStoppedJobSaysWhy) {
  FakeBed bed;
  bed.buildx.script = [](const auto&, const auto&, const std::stop_token& stop) { return wait_for_stop(stop); };
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(std::holds_alternative<JobCancelled>(run(bed, stop.get_token(), StopReason::Cancelled).outcome));
  EXPECT_TRUE(std::holds_alternative<TimedOut>(run(bed, stop.get_token(), StopReason::TimedOut).outcome));
}

TEST(JobRunner, AMissingSecretAndABadNameAreNotTriedElsewhere) {
  FakeBed bed;
  bed.buildx.script = [](const auto&, const auto&, const auto&) -> exec::ProcessEnd { throw std::runtime_error("must not run"); };
  bed.start.spec.secrets = {"token"};
  EXPECT_TRUE(std::holds_alternative<BuildFailed>(run(bed).outcome));
  bed.start.spec.secrets.clear();
  bed.start.spec.target = "a b";
  EXPECT_TRUE(std::holds_alternative<BuildFailed>(run(bed).outcome));
}

TEST(JobRunner, AnExceptionOfALibraryIsAReportToo) {
  FakeBed bed;
  bed.buildx.script = [](const auto&, const auto&, const auto&) -> exec::ProcessEnd { throw std::runtime_error("broken"); };
  const protocol::JobReport report = run(bed);
  ASSERT_TRUE(std::holds_alternative<InfraFailed>(report.outcome));
  EXPECT_EQ(std::get<InfraFailed>(report.outcome).kind, ErrorKind::Internal);
  EXPECT_EQ(report.fence, Fence{1});
}

TEST(JobRunner, AFullDiskIsToldBeforeAnythingIsFetched) {
  FakeBed bed;
  bed.jobs = std::make_unique<JobRunner>(JobRunnerOptions{{{"buildx"}, "farm", {}}, "", bed.dir.path(), UINT64_MAX, Millis{10}},
                                         *bed.workspace, bed.buildx, bed.registries);
  const protocol::JobReport report = run(bed);
  ASSERT_TRUE(std::holds_alternative<InfraFailed>(report.outcome));
  EXPECT_EQ(std::get<InfraFailed>(report.outcome).kind, ErrorKind::Overloaded);
}

}  // namespace
}  // namespace farm::agent
