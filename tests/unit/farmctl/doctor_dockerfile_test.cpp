#include "farmctl/doctor/dockerfile_facts.hpp"

#include <gtest/gtest.h>

namespace farm::ctl::doctor {
namespace {

ServiceFacts read(const std::string& text, const std::set<std::string>& service_args = {}) {
  ServiceFacts facts;
  read_dockerfile({"Dockerfile", text, {{"SERVICE", "api"}}, "", service_args}, facts);
  return facts;
}

const std::string kBuild =
    "FROM cook AS builder\nCOPY . .\nRUN cargo build --release --bin api\nFROM debian\nCOPY --from=builder /app/target/release/api /api\n";

std::string cook(const std::string& base, const std::string& before, const std::string& flags = "--release") {
  return "FROM " + base + " AS chef\nWORKDIR /app\n" + before + "FROM chef AS planner\nCOPY . .\nRUN cargo chef prepare\n" +
         "FROM chef AS cook\nCOPY --from=planner /app/recipe.json recipe.json\nRUN cargo chef cook " + flags + "\n" + kBuild;
}

TEST(DockerfileFacts, CargoChefComesWithTheImageOrIsInstalled) {
  EXPECT_TRUE(read(cook("lukemathwalker/cargo-chef:latest-rust-1", "")).chef_provided);
  EXPECT_TRUE(read(cook("rust:1", "RUN cargo install cargo-chef --locked\n")).chef_provided);
  EXPECT_TRUE(read(cook("rust:1", "COPY --from=tools /usr/bin/cargo-chef /usr/bin/\n")).chef_provided);
  const ServiceFacts without = read(cook("rust:1", "RUN apt-get update\n"));
  EXPECT_TRUE(without.cooks);
  EXPECT_FALSE(without.chef_provided);
}

TEST(DockerfileFacts, FlagsOfCookAndBuildAreCompared) {
  EXPECT_TRUE(read(cook("cargo-chef", "")).flags_match);
  const ServiceFacts debug = read(cook("cargo-chef", "", ""));
  EXPECT_FALSE(debug.flags_match);
  ASSERT_FALSE(debug.notes.empty());
  EXPECT_NE(debug.notes[0].find("Dockerfile:"), std::string::npos) << debug.notes[0];
}

TEST(DockerfileFacts, AnArgumentOfAServiceBeforeTheCookDefeatsSharing) {
  EXPECT_FALSE(read(cook("cargo-chef", "ARG SERVICE\nRUN echo $SERVICE\n"), {"SERVICE"}).shareable);
  EXPECT_TRUE(read(cook("cargo-chef", ""), {"SERVICE"}).shareable);
}

TEST(DockerfileFacts, WhatIsNoRustIsNotJudged) {
  const ServiceFacts facts = read("FROM python:3\nCOPY . .\n");
  EXPECT_FALSE(facts.rust);
  EXPECT_FALSE(facts.cooks);
}

TEST(DockerfileFacts, WhatIsNoDockerfileLeavesANote) {
  for (const char* text : {"", "NONSENSE x\n", "FROM a AS b\nCOPY --from=nowhere-and-late x y\nFROM ${\n"}) {
    EXPECT_FALSE(read(text).notes.empty()) << text;
  }
}

}  // namespace
}  // namespace farm::ctl::doctor
