#include "shared/plan/clean_script.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "shared/dockerfile/dockerfile.hpp"
#include "tests/support/temp_dir.hpp"

namespace farm::plan {
namespace {

constexpr const char* kHash = "0123456789abcdef";

struct Layer {
  test::TempDir dir;

  CleanRequest request(std::vector<std::string> packages, std::vector<std::string> artifacts) const {
    CleanRequest made;
    made.target_directory = dir.at("app/target");
    made.source_directory = dir.at("app");
    made.packages = std::move(packages);
    made.artifacts = std::move(artifacts);
    return made;
  }
  void put(const std::string& name) const { dir.write("app/" + name, "x"); }
  bool has(const std::string& name) const { return dir.exists("app/" + name); }
  static int run(const std::string& script) {
    const std::string command = "/bin/sh -c " + shell_quote(script);
    return std::system(command.c_str());  // NOLINT(cert-env33-c): the script is what is tested
  }
};

TEST(CleanScript, TakesOutArtefactsOfThePackageInEveryProfileAndTriple) {
  const Layer layer;
  const std::string hash = kHash;
  const std::vector<std::string> gone = {"target/release/.fingerprint/my-app-" + hash + "/bin",
                                         "target/release/build/my-app-" + hash + "/out",
                                         "target/release/deps/my_app-" + hash,
                                         "target/release/deps/my_app-" + hash + ".d",
                                         "target/release/deps/libmy_app-" + hash + ".rlib",
                                         "target/release/deps/libmy_app-" + hash + ".rmeta",
                                         "target/release/my-app",
                                         "target/release/my-app.d",
                                         "target/release/libmy_app.rlib",
                                         "target/release/incremental/my_app-1abc/x",
                                         "target/x86_64-unknown-linux-musl/release/.fingerprint/my-app-" + hash + "/bin",
                                         "target/x86_64-unknown-linux-musl/release/my-app"};
  for (const std::string& name : gone) layer.put(name);
  ASSERT_EQ(Layer::run(clean_script(layer.request({"my-app"}, {"my-app"}))), 0);
  for (const std::string& name : gone) EXPECT_FALSE(layer.has(name)) << name;
}

TEST(CleanScript, KeepsWhatIsCalledAlmostTheSame) {
  const Layer layer;
  const std::string hash = kHash;
  const std::vector<std::string> kept = {"target/release/.fingerprint/foo-bar-" + hash + "/lib",
                                         "target/release/deps/libfoo_bar-" + hash + ".rlib",
                                         "target/release/deps/foo_bar-" + hash,
                                         "target/release/deps/libfoo-0123.rlib",
                                         "target/release/deps/libfoo-0123456789abcdeg.rlib",
                                         "target/release/foo-bar",
                                         "target/release/build/foo-sys-" + hash + "/out",
                                         "target/release/deps/libserde-" + hash + ".rlib"};
  for (const std::string& name : kept) layer.put(name);
  layer.put("target/release/.fingerprint/foo-" + hash + "/lib");
  ASSERT_EQ(Layer::run(clean_script(layer.request({"foo"}, {"foo"}))), 0);
  EXPECT_FALSE(layer.has("target/release/.fingerprint/foo-" + hash));
  for (const std::string& name : kept) EXPECT_TRUE(layer.has(name)) << name;
}

TEST(CleanScript, TakesOutSourcesAndNothingElseOfTheFolder) {
  const Layer layer;
  for (const char* name : {"Cargo.toml", "it's a folder/src/lib.rs", "-rf/x", "$HOME/x", "kept/x", "target/release/kept"}) layer.put(name);
  CleanRequest request = layer.request({}, {});
  request.source_entries = {"Cargo.toml", "it's a folder", "-rf", "$HOME", "never was there"};
  ASSERT_EQ(Layer::run(clean_script(request)), 0);
  for (const char* name : {"Cargo.toml", "it's a folder", "-rf", "$HOME"}) EXPECT_FALSE(layer.has(name)) << name;
  EXPECT_TRUE(layer.has("kept/x"));
  EXPECT_TRUE(layer.has("target/release/kept"));
}

TEST(CleanScript, SucceedsWhereNothingWasBuilt) {
  const Layer layer;
  layer.put("x");
  EXPECT_EQ(Layer::run(clean_script(layer.request({"foo"}, {"foo"}))), 0);
}

TEST(CleanScript, WorksInAFolderWithBlanksAndQuotes) {
  const Layer layer;
  const std::string hash = kHash;
  layer.put("it's here/target/release/.fingerprint/foo-" + hash + "/lib");
  CleanRequest request = layer.request({"foo"}, {});
  request.target_directory = layer.dir.at("app/it's here/target");
  ASSERT_EQ(Layer::run(clean_script(request)), 0);
  EXPECT_FALSE(layer.has("it's here/target/release/.fingerprint/foo-" + hash));
}

// What comes out of the JSON form is the script again, whatever files are called.
TEST(RunLine, IsReadBackAsWritten) {
  for (const std::string& script :
       {std::string("echo \"a\" 'b' \\ $c"), std::string("rm -rf 'a\nb' 'c\td'"), std::string("echo '<<EOF' é")}) {
    const Parsed<Dockerfile> parsed = parse_dockerfile("Dockerfile", "FROM scratch\n" + run_line(script) + "\nRUN true\n");
    ASSERT_TRUE(parsed.ok());
    ASSERT_EQ(parsed.value.stages[0].instructions.size(), 2U);
    EXPECT_EQ(parsed.value.stages[0].instructions[0].words, (std::vector<std::string>{"/bin/sh", "-c", script}));
  }
}

}  // namespace
}  // namespace farm::plan
