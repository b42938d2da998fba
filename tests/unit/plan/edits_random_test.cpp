// Random workspaces, random edits of sources: the images whose keys change are exactly the services whose path dependencies hold the crate.
#include <cstdlib>
#include <functional>
#include <random>

#include "shared/base/random.hpp"
#include "tests/unit/plan/changed_jobs.hpp"

namespace farm::test {
namespace {

struct Shape {
  std::size_t libraries = 0;
  std::size_t services = 0;
  std::vector<std::set<std::size_t>> uses;  // per crate: the libraries it depends on; libraries first, then services

  [[nodiscard]] std::string name(std::size_t crate) const {
    return crate < libraries ? "lib" + std::to_string(crate) : "svc" + std::to_string(crate - libraries);
  }
  [[nodiscard]] std::string folder(std::size_t crate) const { return (crate < libraries ? "crates/" : "services/") + name(crate); }
  // By a way of its own, not by farm's graph code.
  [[nodiscard]] bool reaches(std::size_t from, std::size_t to) const {
    if (from == to) return true;
    for (const std::size_t next : uses[from]) {
      if (reaches(next, to)) return true;
    }
    return false;
  }
};

Shape random_shape(Rng& rng) {
  Shape shape;
  shape.libraries = static_cast<std::size_t>(rng.between(1, 5));
  shape.services = static_cast<std::size_t>(rng.between(2, 4));
  for (std::size_t crate = 0; crate < shape.libraries + shape.services; ++crate) {
    std::set<std::size_t> uses;
    for (std::size_t library = 0; library < std::min(crate, shape.libraries); ++library) {
      if (rng.chance(400)) uses.insert(library);
    }
    shape.uses.push_back(std::move(uses));
  }
  return shape;
}

MemoryTree project(const Shape& shape) {
  MemoryTree tree;
  std::string yaml = "name: random\nservices:\n";
  std::string lock = "version = 4\n\n";
  for (std::size_t crate = 0; crate < shape.uses.size(); ++crate) {
    std::string dependencies;
    std::string locked;
    for (const std::size_t library : shape.uses[crate]) {
      dependencies += shape.name(library) + " = { path = \"../../" + shape.folder(library) + "\" }\n";
      locked += (locked.empty() ? "\"" : ", \"") + shape.name(library) + "\"";
    }
    tree.add(shape.folder(crate) + "/Cargo.toml", crate_toml(shape.name(crate), dependencies));
    tree.add(shape.folder(crate) + (crate < shape.libraries ? "/src/lib.rs" : "/src/main.rs"), "// code\n");
    lock += lock_package(shape.name(crate), "", locked);
    if (crate >= shape.libraries) yaml += service_yaml(shape.name(crate));
  }
  tree.add("docker-compose.yml", yaml).add("Dockerfile", kDockerfile).add(".dockerignore", "docker-compose.yml\nDockerfile\n");
  tree.add("Cargo.toml", "[workspace]\nmembers = [\"crates/*\", \"services/*\"]\nresolver = \"2\"\n").add("Cargo.lock", lock);
  return tree;
}

// What an edit does to a crate; true where it is in the crate's sources alone.
bool edit(Rng& rng, MemoryTree& tree, const std::string& folder) {
  const auto append = [&](const std::string& file, const std::string& text) {
    tree.add(folder + file, tree.files().contains(folder + file) ? tree.files().at(folder + file) + text : text);
  };
  switch (rng.below(6)) {
    case 0: append(tree.files().contains(folder + "/src/lib.rs") ? "/src/lib.rs" : "/src/main.rs", "// more\n"); return true;
    case 1: append("/src/new" + std::to_string(rng.below(100)) + ".rs", ""); return true;
    case 2: append("/assets/deep/file.json", "{}"); return true;
    case 3: append("/README.txt", "text"); return true;
    case 4: append("/Cargo.toml", "\n[features]\nextra = []\n"); return false;
    default: append("/Cargo.toml", "\n[package.metadata.x]\ny = 1\n"); return true;  // a manifest that says nothing to cargo
  }
}

TEST(RandomEdits, ChangeTheImagesOfTheClosureAndNoOther) {
  const char* given = std::getenv("FARM_TEST_SEED");  // NOLINT(concurrency-mt-unsafe)
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  SCOPED_TRACE("replay with FARM_TEST_SEED=" + std::to_string(seed));
  RecordProperty("seed", std::to_string(seed));
  Rng rng(seed);
  std::size_t edits_of_sources = 0;
  for (int round = 0; round < 60 && !::testing::Test::HasFailure(); ++round) {
    const Shape shape = random_shape(rng);
    const MemoryTree before = project(shape);
    const Planned old_plan = plan_of(before);
    for (int i = 0; i < 4; ++i) {
      const std::size_t crate = rng.below(shape.uses.size());
      MemoryTree after = before;
      const bool sources = edit(rng, after, shape.folder(crate));
      const Planned new_plan = plan_of(after);
      const Names changed = changed_jobs(old_plan, new_plan);
      for (std::size_t service = shape.libraries; service < shape.uses.size(); ++service) {
        const std::string image = "image " + shape.name(service);
        const bool concerned = shape.reaches(service, crate);
        if (concerned) {
          EXPECT_TRUE(changed.contains(image)) << image << " is stale after an edit of " << shape.folder(crate) << " in round " << round;
        } else if (sources) {
          EXPECT_FALSE(changed.contains(image)) << image << " is rebuilt needlessly after an edit of " << shape.folder(crate);
        }
      }
      if (sources) {
        ++edits_of_sources;
        EXPECT_FALSE(changed.contains("deps"));
      }
    }
  }
  EXPECT_GT(edits_of_sources, 20U);
}

}  // namespace
}  // namespace farm::test
