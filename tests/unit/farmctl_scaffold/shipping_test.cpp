// What a new Dockerfile keeps of the old one.
#include "farmctl/scaffold/own_dockerfile.hpp"

#include "tests/unit/farmctl_scaffold/scaffold_story.hpp"

namespace farm::test {
namespace {

using scaffold::OwnDockerfile;
using scaffold::ShipRequest;

OwnDockerfile own_of(const std::string& text, std::map<std::string, std::string> args = {}) {
  const MemoryTree tree({{"Dockerfile", text}});
  BuildSpec build;
  build.dockerfile = "Dockerfile";
  build.args = std::move(args);
  return scaffold::read_own_dockerfile(tree, build);
}

const ShipRequest kApi{"api", "SERVICE", "/app", "target/release", true, true};

const std::string kBuild =
    "FROM rust:1 AS build\nRUN apt-get update && apt-get install -y cmake\nWORKDIR /src\nENV A=1\nCOPY . .\n"
    "ARG COMMIT\nENV B=$COMMIT\nRUN cargo build --release --bin api\n";

TEST(OwnDockerfile, AFileWithoutCargoIsNoneOfRust) {
  EXPECT_EQ(own_of("FROM nginx\n").kind, OwnDockerfile::Kind::Other);
  EXPECT_EQ(own_of("FROM debian\nRUN ./build.sh cargo build\n").kind, OwnDockerfile::Kind::Rust);
  EXPECT_FALSE(own_of("FROM debian\nRUN ./build.sh \"cargo build\"\n").stages.has_value());
}

TEST(OwnDockerfile, WhatIsInstalledBeforeTheCompileIsKeptAndWhatDependsOnArgumentsComesLate) {
  const OwnDockerfile own = own_of(kBuild);
  ASSERT_TRUE(own.stages.has_value());
  const scaffold::Setup setup = scaffold::setup_of(*own.stages);
  EXPECT_EQ(setup.image, "rust:1");
  EXPECT_EQ(setup.before, (std::vector<std::string>{"RUN apt-get update && apt-get install -y cmake", "ENV A=1"}));
  EXPECT_EQ(setup.late, (std::vector<std::string>{"ARG COMMIT", "ENV B=$COMMIT"}));
}

TEST(OwnDockerfile, TheFolderThatIsCompiledFollowsCopyAndWorkdir) {
  const OwnDockerfile own = own_of("FROM rust:1\nWORKDIR /src\nCOPY . .\nWORKDIR backend\nRUN cargo build --release --bin api\n");
  ASSERT_TRUE(own.stages.has_value());
  EXPECT_EQ(scaffold::compiled_folders(*own.stages, "shop"), std::vector<std::string>{"shop/backend"});
}

TEST(Shipping, FilesOfTheContextAndOfTheBuildComeAlong) {
  const OwnDockerfile own =
      own_of(kBuild +
             "FROM debian:bookworm-slim AS base\nRUN useradd app\nFROM base\nCOPY --from=build --chown=app "
             "/src/target/release/api /usr/bin/api\nCOPY --from=build /src/migrations /m\nCOPY etc /etc/api\nUSER app\n");
  ASSERT_TRUE(own.stages.has_value());
  const Result<scaffold::Shipped> shipped = scaffold::shipping_stage(*own.stages, kApi);
  ASSERT_TRUE(shipped) << shipped.error().message;
  EXPECT_EQ(shipped->image, "debian:bookworm-slim");
  EXPECT_EQ(shipped->instructions,
            "RUN useradd app\nARG SERVICE\nCOPY --from=builder --chown=app /app/target/release/${SERVICE} /usr/bin/api\n"
            "COPY --from=builder /app/migrations /m\nCOPY etc /etc/api\nUSER app\n");
}

TEST(Shipping, WhatCantBeKeptIsNamedWithItsLine) {
  const auto refusal = [](const std::string& ship, ShipRequest request = kApi) {
    const OwnDockerfile own = own_of(kBuild + ship);
    EXPECT_TRUE(own.stages.has_value());
    const Result<scaffold::Shipped> shipped = scaffold::shipping_stage(*own.stages, request);
    return shipped ? "kept:\n" + shipped->instructions : shipped.error().message;
  };
  EXPECT_NE(refusal("CMD [\"target/release/api\"]\n").find("the stage that compiles is the one that ships"), std::string::npos);
  EXPECT_NE(refusal("FROM debian\nCOPY --from=build /usr/lib/x.so /x.so\n").find("Dockerfile:10: it copies /usr/lib/x.so"),
            std::string::npos);
  ShipRequest moved = kApi;
  moved.same_context = false;
  const std::string own_files = "FROM debian\nCOPY etc /etc/api\nCOPY --from=build /src/target/release/api /api\n";
  EXPECT_NE(refusal(own_files, moved).find("Dockerfile:10: its paths start from another context"), std::string::npos);
}

TEST(Shipping, ItsOwnResultIsKeptWordForWord) {
  const std::string ship = "FROM scratch AS runtime\nARG SERVICE\nCOPY --from=builder /app/target/release/${SERVICE} /service\n";
  const OwnDockerfile own =
      own_of("FROM rust:1 AS builder\nWORKDIR /app\nCOPY . .\nARG SERVICE\nRUN cargo build --release --bin ${SERVICE}\n" + ship,
             {{"SERVICE", "api"}});
  ASSERT_TRUE(own.stages.has_value());
  const Result<scaffold::Shipped> shipped = scaffold::shipping_stage(*own.stages, kApi);
  ASSERT_TRUE(shipped) << shipped.error().message;
  EXPECT_EQ("FROM " + shipped->image + " AS runtime\n" + shipped->instructions, ship);
}

}  // namespace
}  // namespace farm::test
