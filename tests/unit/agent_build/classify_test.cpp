#include "agent/build/classify.hpp"

#include "tests/unit/agent_build/samples.hpp"

namespace farm::build {
namespace {

constexpr const char* kNone = "127.0.0.1:5871/farm/none@sha256:1111111111111111111111111111111111111111111111111111111111111111";

JobOutcome classify(const std::string& sample, std::vector<std::string> farm_images = {}) {
  Played played;
  played.play(sample + ".jsonl");
  FailureEvidence evidence = played.evidence();
  evidence.farm_images = std::move(farm_images);
  return classify_failure(evidence);
}

struct InfraCase {
  const char* sample;
  ErrorKind kind;
  const char* part;  // of the message
  std::vector<std::string> farm_images;
};

TEST(ClassifyFailure, WhatTheHostOrTheRegistryDidIsTheFarms) {
  const std::vector<InfraCase> cases = {
      {"noreg", ErrorKind::Unavailable, "connection refused", {}},
      {"denied", ErrorKind::Denied, "401 Unauthorized", {}},
      {"deniedctx", ErrorKind::Denied, "docker login", {}},
      {"regfull", ErrorKind::Overloaded, "its disk may be full", {}},
      {"badctx", ErrorKind::NotFound, "has gone from the registry", {kNone}},
      {"badctx2", ErrorKind::Unavailable, "connection refused", {}},
      {"killd", ErrorKind::Unavailable, "BuildKit on this host is away", {}},
      {"down", ErrorKind::Unavailable, "BuildKit on this host is away", {}},
      {"nobuilder", ErrorKind::Unavailable, "does not know the agent's builder", {}},
      {"diskfull", ErrorKind::Overloaded, "no space left on device", {}},
      {"diskfull-run", ErrorKind::Overloaded, "no space left on device", {}},
      {"nohub", ErrorKind::Unavailable, "no such host", {}},
  };
  for (const InfraCase& c : cases) {
    SCOPED_TRACE(c.sample);
    const JobOutcome outcome = classify(c.sample, c.farm_images);
    const auto* failed = std::get_if<InfraFailed>(&outcome);
    ASSERT_NE(failed, nullptr) << std::get<BuildFailed>(outcome).message;
    EXPECT_EQ(failed->kind, c.kind) << failed->message;
    EXPECT_NE(failed->message.find(c.part), std::string::npos) << failed->message;
    const std::string sample = c.sample;
    EXPECT_EQ(failed->registry_away, sample == "noreg" || sample == "badctx2" || sample == "nohub") << failed->message;
  }
}

TEST(ClassifyFailure, ARegistryThatAnswersIsNotAway) {
  const auto away = [](const std::string& status) {
    FailureEvidence evidence;
    evidence.step = "exporting to image";
    evidence.final_error =
        "failed to solve: failed to push 127.0.0.1:5000/farm/deps: unexpected status from PUT request to http://x/: " + status;
    const JobOutcome outcome = classify_failure(evidence);
    const auto* failed = std::get_if<InfraFailed>(&outcome);
    return failed != nullptr && failed->registry_away;
  };
  for (const char* status :
       {"500 Internal Server Error", "502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout", "429 Too Many Requests"}) {
    EXPECT_TRUE(away(status)) << status;
  }
  for (const char* status :
       {"400 Bad Request", "401 Unauthorized", "404 Not Found", "405 Method Not Allowed", "507 Insufficient Storage"}) {
    EXPECT_FALSE(away(status)) << status;
  }
}

struct BuildCase {
  const char* sample;
  int exit_code;
  bool missing_file;
  const char* part;
};

TEST(ClassifyFailure, WhatTheDockerfileDidIsTheBuilds) {
  const std::vector<BuildCase> cases = {
      {"bad", 7, false, "error[E0308]: mismatched types\n --> src/main.rs:3:5"},
      {"rustc", 101, false, "--> orchestrator_rust/src/main.rs:42:22"},
      {"missing", 1, true, "\"/nothere\": not found"},
      {"noexe", 1, true, "no such file or directory"},
      {"parse", 1, false, "unknown instruction: COPYY"},
      {"nosecret", 1, false, "secret foo: not found"},
      {"nobase", 1, false, "farm/unknown:latest: not found"},
      {"badctx", 1, false, "not found"},  // an image that the user named
      {"nethost", 1, false, "granting entitlement network.host is not allowed"},
      {"notarget", 1, false, "target stage \"nope\" could not be found"},
  };
  for (const BuildCase& c : cases) {
    SCOPED_TRACE(c.sample);
    const JobOutcome outcome = classify(c.sample);
    const auto* failed = std::get_if<BuildFailed>(&outcome);
    ASSERT_NE(failed, nullptr) << std::get<InfraFailed>(outcome).message;
    EXPECT_EQ(failed->exit_code, c.exit_code);
    EXPECT_EQ(failed->missing_file, c.missing_file) << failed->message;
    EXPECT_NE(failed->message.find(c.part), std::string::npos) << failed->message;
    EXPECT_LE(failed->message.size(), kMessageBytesMax);
  }
}

FailureEvidence process(const std::string& command, const std::string& rest, const std::string& log = "") {
  FailureEvidence evidence;
  evidence.step = "[1/1] RUN " + command;
  evidence.step_error = "process \"/bin/sh -c " + command + "\" did not complete successfully: " + rest;
  evidence.final_error = "failed to build: failed to solve: " + evidence.step_error;
  evidence.step_log = log;
  return evidence;
}

TEST(ClassifyFailure, AStepCannotPassItsFailureOffAsTheFarms) {
  const std::string lie = "echo 'failed to push: connection refused, code = Unavailable, graceful shutdown'; exit 3";
  const JobOutcome outcome =
      classify_failure(process(lie, "exit code: 3", "dial tcp: connection refused\nrpc error: code = Unavailable\n"));
  ASSERT_TRUE(std::holds_alternative<BuildFailed>(outcome));
  EXPECT_EQ(std::get<BuildFailed>(outcome).exit_code, 3);
}

TEST(ClassifyFailure, AFullDiskAndAKilledCompilerInAStepAreTheHosts) {
  const JobOutcome disk =
      classify_failure(process("cargo build", "exit code: 101", "error: failed to write: No space left on device (os error 28)\n"));
  EXPECT_EQ(std::get<InfraFailed>(disk).kind, ErrorKind::Overloaded);
  const JobOutcome killed =
      classify_failure(process("cargo build", "exit code: 101", "process didn't exit successfully: `rustc` (signal: 9, SIGKILL: kill)\n"));
  EXPECT_EQ(std::get<InfraFailed>(killed).kind, ErrorKind::Overloaded);
  EXPECT_TRUE(std::holds_alternative<InfraFailed>(classify_failure(process("make", "exit code: 137"))));
  EXPECT_TRUE(std::holds_alternative<InfraFailed>(classify_failure(process("make", "exit code: 137: cannot allocate memory"))));
  EXPECT_TRUE(std::holds_alternative<InfraFailed>(classify_failure(process("make", "context canceled: context canceled"))));
}

TEST(ClassifyFailure, ABuildxThatSomebodyKilledOrThatSaidNothingIsTheFarms) {
  FailureEvidence evidence;
  evidence.signal = 9;
  EXPECT_EQ(std::get<InfraFailed>(classify_failure(evidence)).kind, ErrorKind::Unavailable);
  evidence.signal = 0;
  evidence.exit_code = 2;
  EXPECT_EQ(std::get<InfraFailed>(classify_failure(evidence)).kind, ErrorKind::Internal);
}

TEST(UsefulPart, CompilersErrorsComeWithoutWarningsAndColours) {
  const std::string log =
      "   Compiling a v1\n\x1b[33mwarning\x1b[0m: unused\n --> a.rs:1:1\n\n\x1b[1m\x1b[31merror[E0425]\x1b[0m: cannot "
      "find value `x`\n --> src/b.rs:7:3\n  |\n7 | x\n\n"
      "For more information about this error, try `rustc --explain E0425`.\nerror: could not compile `a` (lib) due to "
      "1 previous error\n";
  EXPECT_EQ(useful_part(log, 1'000),
            "error[E0425]: cannot find value `x`\n --> src/b.rs:7:3\n  |\n7 | x\nerror: could not compile `a` (lib) "
            "due to 1 previous error");
}

TEST(UsefulPart, WithoutCompilersErrorsTheLastLinesAreGiven) {
  std::string log;
  for (int number = 1; number <= 100; ++number) log += "line " + std::to_string(number) + "\n";
  const std::string part = useful_part(log, 1'000);
  EXPECT_EQ(part.substr(0, 8), "line 76\n");
  EXPECT_EQ(part.substr(part.size() - 8), "line 100");
  EXPECT_LE(useful_part(std::string(100'000, 'x'), 300).size(), 300U);
}

TEST(MissingFile, WhatCompilersSayAboutMissingFilesIsKnown) {
  EXPECT_TRUE(tells_of_missing_file("error: couldn't read `src/../../assets/a.txt`: No such file or directory (os error 2)"));
  EXPECT_TRUE(tells_of_missing_file("error[E0583]: file not found for module `gone`"));
  EXPECT_TRUE(
      tells_of_missing_file("called `Result::unwrap()` on an `Err` value: Os { code: 2, kind: NotFound, message: \"No "
                            "such file or directory\" }"));
  EXPECT_TRUE(tells_of_missing_file("error: can't find `x` bin at `src/bin/x.rs`"));
  EXPECT_FALSE(tells_of_missing_file("error[E0308]: mismatched types"));
}

}  // namespace
}  // namespace farm::build
