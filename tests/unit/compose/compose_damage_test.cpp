// Damaged and random files never crash or hang the reader: the seeds of tests/fuzz, replayed with random damages.
#include <cstdlib>

#include "shared/base/random.hpp"
#include "tests/unit/compose/compose_story.hpp"

namespace farm::testing {
namespace {

const std::vector<Files>& seeds() {
  static const std::vector<Files> kSeeds{
      {{"compose.yaml", R"(name: seed-${A:-x}
x-args: &args {RUST: 1.80, PROFILE: release}
x-svc: &svc
  platform: linux/amd64
  build: {context: ., dockerfile: D, args: {<<: *args, X: "${A}"}}
include: [sub/c.yaml]
services:
  a:
    <<: *svc
    image: "reg/a:${TAG:-latest}"
    depends_on: {b: {condition: service_started, required: false}}
    profiles: [p]
  b: {extends: {file: lib/base.yaml, service: l}, build: {args: !override [A=1, B], tags: !reset []}}
  c: {build: {context: c, additional_contexts: [x=service:b, y=docker-image://y],
    secrets: [s, {source: t, target: u}]}, x-farm: {slice: no, needs: [b]}}
secrets: {s: {file: ./s}, t: {environment: T}}
)"},
       {"compose.override.yaml",
        "services: {a: {build: {target: t, platforms: [linux/amd64]}}, c: {build: {shm_size: 1g, extra_hosts: {h: 1}}}}\n"},
       {"lib/base.yaml", "services:\n  l: {build: {context: ., dockerfile_inline: \"FROM x\"}, links: [c]}\n"},
       {"sub/c.yaml", "services: {d: {build: {context: ., args: [V=$V]}}}\n"},
       {"sub/.env", "V='x'\n"},
       {".env", "TAG=\"a\\tb $A\" # c\nexport Q=${A:-1}\n"}},
      {{"compose.yaml", "services:\n  a: &a\n    build: .\n  b: *a\n---\nservices:\n  c: !override {image: |\n    x\n    }\n"}},
      {{"compose.yaml", "? a\n: - {x: [1, 'two', \"three\"]}\n? services\n: {}\n"}}};
  return kSeeds;
}

void damage(std::string& text, Rng& rng) {
  static constexpr std::string_view kBytes =
      "{}[]:,&*!|>'\"%@`#-?<$\n\t \0\xFF\xC3"
      "ab1";
  if (text.empty()) text = " ";
  const std::size_t at = rng.below(text.size());
  switch (rng.below(5)) {
    case 0: text[at] = kBytes[rng.below(kBytes.size())]; break;
    case 1: text.insert(at, 1, kBytes[rng.below(kBytes.size())]); break;
    case 2: text.erase(at, 1 + rng.below(8)); break;
    case 3: text.insert(at, text.substr(rng.below(text.size()), 1 + rng.below(40))); break;
    default: text.resize(at); break;
  }
}

TEST(ComposeDamage, FiveThousandDamagedProjectsAreReadToAnEnd) {
  const char* replay = std::getenv("FARM_DAMAGE_SEED");  // NOLINT(concurrency-mt-unsafe)
  const std::uint64_t first = replay == nullptr ? 1 : std::strtoull(replay, nullptr, 10);
  const std::uint64_t count = replay == nullptr ? 5000 : 1;
  std::uint64_t rejected = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE("FARM_DAMAGE_SEED=" + std::to_string(seed));
    Rng rng(seed);
    Files files = seeds()[rng.below(seeds().size())];
    for (std::uint64_t round = 0; round <= rng.below(6); ++round) {
      damage(std::next(files.begin(), static_cast<std::ptrdiff_t>(rng.below(files.size())))->second, rng);
    }
    ComposeRequest request;
    request.profiles = {"*"};
    request.root_directory = "/srv/p";
    const Parsed<ComposeProject> parsed = read(files, request);
    if (!parsed.ok()) ++rejected;
    for (const Diagnostic& diagnostic : parsed.diagnostics) {
      ASSERT_FALSE(diagnostic.message.empty());
      ASSERT_TRUE(diagnostic.place.file.empty() || diagnostic.place.line >= 0);
    }
  }
  if (count > 1) {
    EXPECT_GT(rejected, count / 10) << "the damages must matter";
    EXPECT_LT(rejected, count) << "some damages must be harmless";
  }
}

TEST(ComposeDamage, EveryTruncationIsReadToAnEnd) {
  for (const Files& whole : seeds()) {
    const std::string& text = whole.at("compose.yaml");
    for (std::size_t length = 0; length < text.size(); ++length) {
      Files files = whole;
      files["compose.yaml"].resize(length);
      (void)read(files);
    }
  }
}

TEST(ComposeDamage, TheUndamagedSeedIsGood) {
  ComposeRequest request;
  request.profiles = {"*"};
  EXPECT_EQ(good(seeds().front(), request).services.size(), 4U);
}

}  // namespace
}  // namespace farm::testing
