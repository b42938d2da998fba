#include "agent/workspace/workspace.hpp"

#include <sys/stat.h>

#include <mutex>

#include "shared/archive/slice_archive.hpp"
#include "shared/hash/sha256.hpp"
#include "tests/unit/agent_workspace/files.hpp"

namespace farm::workspace {
namespace {

// Blobs in memory, by digest.
class FakeBlobs final : public BlobSource {
 public:
  Result<void> pull(const Digest& blob, std::uint64_t, const std::string& file, const std::stop_token& stop) override {
    const std::lock_guard lock(mutex);
    ++pulls;
    if (stop.stop_requested()) return Error{ErrorKind::Cancelled, "stopped"};
    const auto at = blobs.find(blob);
    if (at == blobs.end()) return Error{ErrorKind::NotFound, "no blob " + blob.short_hex()};
    write_text(file, at->second);
    return {};
  }
  std::mutex mutex;
  std::map<Digest, std::string> blobs;
  int pulls = 0;
};

struct Story {
  Story() {
    Result<std::unique_ptr<Workspace>> opened = Workspace::open(dir.path() + "/state", 1U << 20U);
    EXPECT_TRUE(opened);
    workspace = std::move(*opened);
    start.job = JobId{5};
    start.fence = Fence{9};
    start.build_name = "market";
    start.spec.name = "image a";
    start.spec.dockerfile = "FROM scratch\n";
  }
  // Packs the files as a slice into the source and names it in the assignment.
  Digest add(const std::map<std::string, std::string>& files) {
    std::vector<SliceFile> list;
    for (const auto& [path, text] : files) list.push_back(inline_file(path, text));
    const Slice slice = make_slice("s", std::move(list));
    const std::string file = dir.path() + "/packed";
    const Result<PackedSlice> packed = pack_slice(slice, dir.path(), file);
    EXPECT_TRUE(packed);
    source.blobs[packed->blob] = read_file(file);
    start.blobs.push_back({slice.id, packed->blob, packed->bytes});
    return slice.id;
  }
  Result<std::unique_ptr<JobFiles>> lay_out(std::stop_token stop = {}) {
    return workspace->lay_out(start, "# none\n", source, std::move(stop));
  }

  test::TempDir dir;
  std::unique_ptr<Workspace> workspace;
  FakeBlobs source;
  protocol::StartJob start;
};

std::int64_t mtime(const std::string& path) {
  struct stat info{};
  EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
  return info.st_mtim.tv_sec;
}

TEST(Workspace, AContextIsMadeFromItsSlicesAndTheDockerfileStandsOutside) {
  Story story;
  story.start.spec.slices = {{story.add({{"core/src/lib.rs", "core"}}), true}, {story.add({{"svc/src/main.rs", "main"}}), false}};
  const Result<std::unique_ptr<JobFiles>> files = story.lay_out();
  ASSERT_TRUE(files) << files.error().message;
  const JobFiles& job = **files;
  EXPECT_EQ(read_file(job.context + "/core/src/lib.rs"), "core");
  EXPECT_EQ(read_file(job.context + "/svc/src/main.rs"), "main");
  EXPECT_EQ(read_file(job.dockerfile), "FROM scratch\n");
  EXPECT_EQ(read_file(job.dockerfile + ".dockerignore"), "# none\n");
  EXPECT_NE(job.dockerfile.find(job.context), 0U);
  EXPECT_EQ(job.fetched_bytes, story.start.blobs[0].bytes + story.start.blobs[1].bytes);
  EXPECT_EQ(job.context_bytes, 8U);
  // What is compiled in the layer below is older than any layer, the rest is newer.
  EXPECT_LT(mtime(job.context + "/core/src/lib.rs"), kFreshBaseSeconds);
  EXPECT_GE(mtime(job.context + "/svc/src/main.rs"), kFreshBaseSeconds);
}

TEST(Workspace, TwoContentsOfOneSizeNeverHaveOneMtime) {
  Story story;
  story.start.spec.slices = {{story.add({{"a", "1"}}), false}};
  std::int64_t first = 0;
  std::string first_context;
  {
    const auto files = story.lay_out();
    ASSERT_TRUE(files);
    first = mtime((*files)->context + "/a");
    first_context = std::filesystem::path((*files)->context).filename();
  }
  story.start.fence = Fence{10};
  story.start.spec.slices = {{story.add({{"a", "2"}}), false}};
  const auto files = story.lay_out();
  ASSERT_TRUE(files);
  EXPECT_NE(mtime((*files)->context + "/a"), first);
  EXPECT_EQ(std::filesystem::path((*files)->context).filename().string(), first_context);
}

TEST(Workspace, TheDirectoryGoesWithTheJobAndTheSlicesStay) {
  Story story;
  story.start.spec.slices = {{story.add({{"a", "1"}}), false}};
  std::string directory;
  {
    const auto files = story.lay_out();
    ASSERT_TRUE(files);
    directory = (*files)->directory();
    EXPECT_TRUE(std::filesystem::exists(directory));
  }
  EXPECT_FALSE(std::filesystem::exists(directory));
  ASSERT_TRUE(story.lay_out());
  EXPECT_EQ(story.source.pulls, 1);
}

TEST(Workspace, NamedContextsHaveDirectoriesOfTheirOwn) {
  Story story;
  story.start.spec.contexts = {{"assets", {{story.add({{"logo", "png"}}), false}}, std::nullopt},
                               {"base", {}, BaseImage{"docker.io/library/debian:12", "debian:12"}}};
  const auto files = story.lay_out();
  ASSERT_TRUE(files);
  ASSERT_EQ((*files)->named.size(), 1U);
  EXPECT_EQ(read_file((*files)->named.at("assets") + "/logo"), "png");
  EXPECT_TRUE(std::filesystem::is_empty((*files)->context));
}

TEST(Workspace, TheRetryWithoutSlicingTakesTheFullSlices) {
  Story story;
  story.start.spec.slices = {{story.add({{"a", "stub"}}), false}};
  story.start.spec.full_slices = {{story.add({{"a", "whole"}}), false}};
  story.start.full_context = true;
  const auto files = story.lay_out();
  ASSERT_TRUE(files);
  EXPECT_EQ(read_file((*files)->context + "/a"), "whole");
  EXPECT_EQ(story.source.pulls, 1);
}

TEST(Workspace, ABlobThatHoldsAnotherSliceIsRefused) {
  Story story;
  const Digest good = story.add({{"a", "good"}});
  story.add({{"a", "evil"}});
  story.start.blobs[0].blob = story.start.blobs[1].blob;
  story.start.spec.slices = {{good, false}};
  const auto files = story.lay_out();
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().kind, ErrorKind::Corrupt);
  EXPECT_EQ(story.source.pulls, 2) << "a damaged entry is fetched once more";
  EXPECT_TRUE(std::filesystem::is_empty(story.dir.path() + "/state/jobs"));
}

TEST(Workspace, AnEntryThatWasDamagedOnDiskIsFetchedAgain) {
  Story story;
  story.start.spec.slices = {{story.add({{"a", "1"}}), false}, {story.add({{"b", "2"}}), false}};
  ASSERT_TRUE(story.lay_out());
  write_text(story.dir.path() + "/state/slices/" + story.start.blobs[1].blob.hex(), "rotten");
  const auto files = story.lay_out();
  ASSERT_TRUE(files) << files.error().message;
  EXPECT_EQ(read_file((*files)->context + "/b"), "2");
  EXPECT_EQ(story.source.pulls, 3);
  std::filesystem::remove(story.dir.path() + "/state/slices/" + story.start.blobs[0].blob.hex());
  ASSERT_TRUE(story.lay_out());
  EXPECT_EQ(story.source.pulls, 4);
}

TEST(Workspace, MissingBlobsAndCancelledJobsAreErrorsAndLeaveNothing) {
  Story story;
  story.start.spec.slices = {{sha256("unknown"), false}};
  EXPECT_EQ(story.lay_out().error().kind, ErrorKind::Internal);
  story.start.blobs = {{sha256("unknown"), sha256("blob"), 4}};
  EXPECT_EQ(story.lay_out().error().kind, ErrorKind::NotFound);
  story.start.spec.slices = {{story.add({{"a", "1"}}), false}};
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(story.lay_out(stop.get_token()).error().kind, ErrorKind::Cancelled);
  EXPECT_TRUE(std::filesystem::is_empty(story.dir.path() + "/state/jobs"));
}

TEST(Workspace, ARestartRemovesWhatAnEarlierLifeLeft) {
  Story story;
  std::filesystem::create_directories(story.dir.path() + "/state/jobs/7-1/context");
  write_text(story.dir.path() + "/state/jobs/7-1/context/a", "x");
  ASSERT_TRUE(Workspace::open(story.dir.path() + "/state", 100));
  EXPECT_TRUE(std::filesystem::is_empty(story.dir.path() + "/state/jobs"));
}

}  // namespace
}  // namespace farm::workspace
