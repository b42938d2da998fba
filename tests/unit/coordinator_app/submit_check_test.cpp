#include "coordinator/app/submit_check.hpp"

#include <gtest/gtest.h>

namespace farm::coordinator {
namespace {

protocol::Submit good() {
  protocol::Submit submit;
  submit.token = std::string(32, 'a');
  submit.plan.project = "market";
  JobSpec job;
  job.name = "image api";
  job.repository = "market/api";
  job.key_inputs.push_back({"dockerfile", "text"});
  submit.plan.jobs.push_back(job);
  submit.plan.services.push_back({"api", 0, "market/api:latest", {"market/api:v2", "market/api"}});
  return submit;
}

Result<void> check(const protocol::Submit& submit) {
  return check_submit({"dev", net::Role::Client, {"market"}, "trusted", ""}, submit, "farm/slices");
}

TEST(SubmitCheck, AnOrdinarySubmissionPasses) {
  const auto checked = check(good());
  EXPECT_TRUE(checked) << checked.error().message;
}

TEST(SubmitCheck, NamesWithControlCharactersAreRefused) {
  for (const std::string& name : {std::string("a\nfarm-coordinator: all is well"), std::string("a\x1b[2J"), std::string("a\0b", 3),
                                  std::string("a\x7f"), std::string(), std::string(301, 'a')}) {
    auto submit = good();
    submit.plan.project = name;
    EXPECT_EQ(check(submit).error().kind, ErrorKind::InvalidInput);
    submit = good();
    submit.plan.jobs[0].name = name;
    EXPECT_EQ(check(submit).error().kind, ErrorKind::InvalidInput);
    submit = good();
    submit.plan.services[0].service = name;
    EXPECT_EQ(check(submit).error().kind, ErrorKind::InvalidInput);
  }
}

TEST(SubmitCheck, PlacesThatARegistryCantHaveAreRefusedBeforeAnythingIsBuilt) {
  for (const std::string text : {"", "Market/api", "market/api:a b", "../../v2/other/api", "market/api:", "market/api@sha256:1"}) {
    auto submit = good();
    submit.plan.services[0].image = text;
    EXPECT_EQ(check(submit).error().kind, ErrorKind::InvalidInput) << text;
    submit = good();
    submit.plan.services[0].tags = {text};
    const auto checked = check(submit);
    EXPECT_EQ(checked.error().kind, ErrorKind::InvalidInput) << text;
    EXPECT_NE(checked.error().message.find("service 'api'"), std::string::npos) << checked.error().message;
  }
  auto submit = good();
  submit.plan.jobs[0].repository = "market/../other";
  EXPECT_EQ(check(submit).error().kind, ErrorKind::InvalidInput);
}

TEST(SubmitCheck, NobodyPublishesOverTheFarmsOwn) {
  for (const std::string text : {"farm/slices:s-1", "farm/deps:k-1", "farm/crates", "farm/compile:latest", "farm/cache:c"}) {
    auto submit = good();
    submit.plan.services[0].tags = {text};
    EXPECT_EQ(check(submit).error().kind, ErrorKind::Denied) << text;
  }
  auto submit = good();
  submit.plan.services[0].image = "farm/web:1";
  EXPECT_TRUE(check(submit)) << "a project may be called farm";
}

TEST(SubmitCheck, AnotherProjectIsDenied) {
  auto submit = good();
  submit.plan.project = "shop";
  EXPECT_EQ(check(submit).error().kind, ErrorKind::Denied);
}

TEST(SubmitCheck, ASupersedeKeyIsShortAndPrintable) {
  auto submit = good();
  submit.options.supersede = "refs/heads/größer";
  EXPECT_TRUE(check(submit));
  submit.options.supersede = std::string(200, 'x');
  EXPECT_TRUE(check(submit));
  for (const std::string& key : {std::string(201, 'x'), std::string("a\nb"), std::string("\x1b[2J"), std::string("a\0b", 3)}) {
    submit.options.supersede = key;
    EXPECT_EQ(check(submit).error().kind, ErrorKind::InvalidInput);
  }
}

TEST(SubmitCheck, SecretsComeWithTheSubmissionAndAreBounded) {
  auto submit = good();
  submit.plan.jobs[0].secrets = {"token"};
  EXPECT_EQ(check(submit).error().kind, ErrorKind::InvalidInput);
  submit.secrets["token"] = "value";
  EXPECT_TRUE(check(submit));
  submit.secrets["token"] = std::string((1U << 20U) + 1, 'x');
  EXPECT_EQ(check(submit).error().kind, ErrorKind::Overloaded);
}

}  // namespace
}  // namespace farm::coordinator
