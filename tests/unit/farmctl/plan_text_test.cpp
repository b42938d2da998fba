#include "farmctl/render/plan_text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/golden.hpp"
#include "tests/support/project.hpp"

namespace farm::ctl {
namespace {

Plan shop() { return farm::test::plan_of(farm::test::shop()).plan(); }

TEST(PlanText, AsATree) { farm::test::expect_golden("plan/shop.txt", render_plan_tree(shop())); }
TEST(PlanText, AsAGraph) { farm::test::expect_golden("plan/shop.dot", render_plan_dot(shop())); }

TEST(PlanText, AsJsonItHasEveryJobServiceSliceAndNote) {
  Plan plan = shop();
  plan.notes.push_back({Severity::Note, {"Dockerfile", 3, 0}, "text"});
  const auto json = nlohmann::json::parse(render_plan_json(plan));
  EXPECT_EQ(json["schema"], "farm.plan.v1");
  EXPECT_EQ(json["services"].size(), plan.services.size());
  EXPECT_EQ(json["slices"].size(), plan.slices.size());
  ASSERT_EQ(json["jobs"].size(), plan.jobs.size());
  for (std::size_t i = 0; i < plan.jobs.size(); ++i) {
    EXPECT_EQ(json["jobs"][i]["name"], plan.jobs[i].name);
    EXPECT_EQ(json["jobs"][i]["client_key"], client_key(plan.jobs[i]).oci());
    EXPECT_EQ(json["jobs"][i]["slices"].size(), plan.jobs[i].slices.size());
  }
  EXPECT_EQ(json["notes"], (nlohmann::json{"Dockerfile:3: note: text"}));
}

TEST(PlanText, NamesWithQuotesDoNotBreakTheGraph) {
  Plan plan;
  plan.project = "a\"b\\c";
  plan.jobs.resize(1);
  plan.jobs[0].name = "image \"x\"";
  EXPECT_EQ(render_plan_dot(plan).substr(0, 19), "digraph \"a\\\"b\\\\c\" {");
}

}  // namespace
}  // namespace farm::ctl
