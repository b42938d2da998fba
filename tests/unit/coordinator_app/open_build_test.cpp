#include "coordinator/app/open_build.hpp"

#include <gtest/gtest.h>

namespace farm::coordinator {
namespace {

TEST(PublishedReference, IsSplitAtTheTag) {
  EXPECT_EQ(split_reference("market/api:v1"), (Published{"market/api", "v1"}));
  EXPECT_EQ(split_reference("api"), (Published{"api", "latest"}));
  EXPECT_EQ(split_reference("host:5000/api"), (Published{"host:5000/api", "latest"}));
}

TEST(PublishedReference, OfAServiceIncludesItsFurtherTags) {
  const ServicePlan service{"api", 0, "market/api", {"market/api:v1", "mirror/api:v1"}};
  EXPECT_EQ(references_of(service), (std::vector<std::string>{"market/api:latest", "market/api:v1", "mirror/api:v1"}));
}

TEST(OpenBuild, IsSettledWhenNoTagIsBeingMoved) {
  OpenBuild build;
  EXPECT_TRUE(build.settled());
  build.services.push_back({"api", "image api", "api:latest", {{"api:latest", Move::Waiting}}, ""});
  EXPECT_TRUE(build.settled()) << "a tag that nobody asked for yet is not on the way";
  build.services[0].moves["api:latest"] = Move::Asked;
  EXPECT_FALSE(build.settled());
  build.services[0].moves["api:latest"] = Move::Failed;
  EXPECT_TRUE(build.settled());
}

TEST(OpenBuild, VersionsGrowAlsoWhereTheClockDoesNot) {
  OpenBuild build;
  build.touch(Instant{1'000});
  const std::uint64_t first = build.version;
  build.touch(Instant{1'000});
  EXPECT_GT(build.version, first);
  build.touch(Instant{5'000});
  EXPECT_EQ(build.version, 5'000U);
}

OpenBuild submitted(std::uint64_t id, const std::string& key, const std::string& project = "market") {
  OpenBuild build;
  build.id = BuildId{id};
  build.submission.token = "t" + std::to_string(id);
  build.submission.options.supersede = key;
  build.submission.plan.project = project;
  return build;
}

TEST(Superseded, AreTheOlderOpenBuildsOfTheProjectWithTheSameKey) {
  BuildBook book;
  book.add(submitted(1, "main"));
  book.add(submitted(2, "main", "shop"));
  book.add(submitted(3, "other"));
  book.add(submitted(4, ""));
  book.add(submitted(5, "main")).ended = true;
  book.add(submitted(6, "main"));
  book.add(submitted(9, "main"));
  EXPECT_EQ(superseded_by(book, *book.find(BuildId{6})), std::vector<BuildId>{BuildId{1}});
  EXPECT_EQ(superseded_by(book, *book.find(BuildId{9})), (std::vector<BuildId>{BuildId{1}, BuildId{6}}));
  EXPECT_TRUE(superseded_by(book, *book.find(BuildId{1})).empty()) << "a newer one whose slices came first is not cancelled by it";
}

TEST(Superseded, WithoutAKeyNothingIs) {
  BuildBook book;
  book.add(submitted(1, ""));
  book.add(submitted(2, ""));
  EXPECT_TRUE(superseded_by(book, *book.find(BuildId{2})).empty());
}

TEST(BuildBook, FindsByIdAndToken) {
  BuildBook book;
  OpenBuild build;
  build.id = BuildId{7};
  build.submission.token = "t";
  book.add(std::move(build));
  ASSERT_NE(book.by_token("t"), nullptr);
  EXPECT_EQ(book.by_token("t")->id, BuildId{7});
  book.remove(BuildId{7});
  EXPECT_EQ(book.by_token("t"), nullptr);
  EXPECT_EQ(book.find(BuildId{7}), nullptr);
}

}  // namespace
}  // namespace farm::coordinator
