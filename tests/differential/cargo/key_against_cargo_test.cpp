// The dependency key against cargo's own unit graph: where two states of a workspace have the same key, cargo must compile the same
// external units. The other way round (the same units, but another key) costs a needless cook; those are counted and printed.
// FARM_CARGO_SEED=n replays one workspace, FARM_CARGO_WORKSPACES=n tries more of them.
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "shared/cargo/dependency_key.hpp"
#include "shared/cargo/skeleton.hpp"
#include "tests/differential/cargo/cargo_oracle.hpp"
#include "tests/differential/cargo/random_workspace.hpp"
#include "tests/support/temp_dir.hpp"

namespace farm::test {
namespace {

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct State {
  std::string edits;
  Digest key;
  std::vector<std::string> units;
};

class KeyAgainstCargo : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = cargo_is_missing(); !why.empty()) GTEST_SKIP() << why;
    write(everything());
    if (const Result<std::string> fetched = run_cargo(directory(), "fetch"); !fetched) {
      GTEST_SKIP() << "cargo can't fetch the test's packages here: " << fetched.error().message;
    }
  }

  [[nodiscard]] std::string directory() const { return temp_.at("work"); }

  // The lockfile stays, so that cargo keeps the versions that it can.
  void write(const Model& model) {
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::create_directories(directory()) ? directory() : directory())) {
      if (entry.path().filename() != "Cargo.lock") std::filesystem::remove_all(entry.path());
    }
    for (const auto& [path, text] : model.render()) temp_.write("work/" + path, text);
  }

  Result<State> ask(const Model& model, const std::vector<std::string>& bins) {
    write(model);
    State state;
    Result<std::vector<std::string>> units = external_units(directory(), bins);
    if (!units) return units.error();
    state.units = std::move(*units);
    const Parsed<Workspace> workspace = read_workspace(tree_of(directory()), "");
    for (const Diagnostic& diagnostic : workspace.diagnostics) {
      if (diagnostic.severity == Severity::Error) return Error{ErrorKind::Internal, to_string(diagnostic)};
    }
    DependencySelection selection;
    selection.bins = bins;
    const Result<DependencyKey> key = dependency_key(workspace.value, selection);
    if (!key) return key.error();
    if (!key->locked) return Error{ErrorKind::Internal, "a dependency was not found in the lockfile that cargo wrote"};
    state.key = key->digest;
    return state;
  }

  TempDir temp_;
};

TEST_F(KeyAgainstCargo, EqualKeysMeanEqualExternalUnits) {
  const std::uint64_t first = number_from("FARM_CARGO_SEED", 1);
  const std::uint64_t count = number_from("FARM_CARGO_WORKSPACES", std::getenv("FARM_CARGO_SEED") != nullptr ? 1 : 10);
  int asked = 0;
  int refused = 0;
  int equal_keys = 0;
  int equal_units = 0;
  int needless = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    Rng rng(seed);
    Model model = random_model(rng);
    std::vector<std::string> bins = model.bins();
    if (rng.chance(400)) bins.resize(1);
    std::filesystem::remove(directory() + "/Cargo.lock");
    std::vector<State> states;
    std::string edits = "the first";
    for (int step = 0; step < 10; ++step) {
      const Model before = model;
      if (step > 0) edits = random_edit(rng, model);
      Result<State> state = ask(model, bins);
      if (!state) {
        ASSERT_NE(state.error().kind, ErrorKind::Internal) << "FARM_CARGO_SEED=" << seed << " " << edits << ": " << state.error().message;
        ++refused;  // the edit made a workspace that cargo refuses
        if (step == 0) break;
        model = before;
        continue;
      }
      ++asked;
      state->edits = edits;
      if (!states.empty()) {
        const bool same_units = states.back().units == state->units;
        const bool same_key = states.back().key == state->key;
        equal_units += same_units ? 1 : 0;
        needless += same_units && !same_key ? 1 : 0;
        if (same_units && !same_key && std::getenv("FARM_CARGO_VERBOSE") != nullptr)
          std::printf("needless: seed %llu: %s\n", static_cast<unsigned long long>(seed), edits.c_str());
      }
      for (const State& other : states) {
        if (other.key != state->key) continue;
        ++equal_keys;
        ASSERT_EQ(other.units, state->units) << "FARM_CARGO_SEED=" << seed << ": '" << other.edits << "' and '" << edits
                                             << "' have the same key";
      }
      states.push_back(std::move(*state));
    }
  }
  std::printf(
      "asked cargo %d times (%d edits refused by cargo); %d pairs with equal keys, all with equal units; "
      "%d edits left the units as they were, %d of these changed the key\n",
      asked, refused, equal_keys, equal_units, needless);
  if (count >= 10) {
    EXPECT_GT(equal_keys, 20);
    EXPECT_LT(needless * 3, equal_units) << "too many needless cooks";
  }
}

TEST_F(KeyAgainstCargo, MembersAndTargetsAreThoseOfCargoMetadataAlsoFromTheSkeleton) {
  for (std::uint64_t seed = 101; seed < 107; ++seed) {
    Rng rng(seed);
    Model model = random_model(rng);
    for (int i = 0; i < 8; ++i) random_edit(rng, model);
    std::filesystem::remove(directory() + "/Cargo.lock");
    write(model);
    const Result<std::vector<std::string>> expected = member_targets(directory());
    if (!expected) continue;  // a workspace that cargo refuses
    const MemoryTree tree = tree_of(directory());
    const Workspace workspace = read_workspace(tree, "").value;
    std::vector<std::string> lines;
    for (const Crate& crate : workspace.crates) {
      for (const CargoTarget& target : crate.targets) {
        if (crate.member) lines.push_back(crate.name + " " + std::string(to_string(target.kind)) + " " + target.name + " " + target.path);
      }
    }
    std::sort(lines.begin(), lines.end());
    EXPECT_EQ(lines, *expected) << "seed " << seed;

    const Result<Skeleton> bare = skeleton(workspace, tree);
    ASSERT_TRUE(bare);
    std::filesystem::remove_all(directory());
    for (const SkeletonFile& file : bare->files) temp_.write("work/" + file.path, file.bytes);
    const Result<std::vector<std::string>> from_skeleton = member_targets(directory());
    ASSERT_TRUE(from_skeleton) << from_skeleton.error().message;
    EXPECT_EQ(*from_skeleton, *expected) << "seed " << seed;
  }
}

}  // namespace
}  // namespace farm::test
