#include "coordinator/http/console_files.hpp"

#include <filesystem>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.hpp"

namespace farm::coordinator {
namespace {

namespace fs = std::filesystem;

std::string header(const http::Answer& answer, const std::string& name) {
  for (const auto& [known, value] : answer.headers) {
    if (known == name) return value;
  }
  return "";
}

class Console {
 public:
  Console() {
    dir.write("secret", "outside");
    dir.write("dist/index.html", "<html>");
    dir.write("dist/assets/app-1a2b.js", "js");
    dir.write("dist/.hidden", "hidden");
    dir.write("dist/icon.svg", "<svg>");
    fs::create_symlink(dir.at("secret"), dir.at("dist/link.txt"));
  }
  [[nodiscard]] http::Answer get(const std::string& path) const { return ConsoleFiles(dir.at("dist")).answer(path); }
  test::TempDir dir;
};

TEST(ConsoleFiles, HashedFilesMayBeKeptAndPagesAreAskedForAgain) {
  const Console console;
  const http::Answer index = console.get("/");
  EXPECT_EQ(index.body, "<html>");
  EXPECT_EQ(index.content_type, "text/html; charset=utf-8");
  EXPECT_EQ(header(index, "Cache-Control"), "no-cache");
  const http::Answer script = console.get("/assets/app-1a2b.js");
  EXPECT_EQ(script.body, "js");
  EXPECT_EQ(script.content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(header(script, "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(console.get("/icon.svg").content_type, "image/svg+xml");
}

TEST(ConsoleFiles, APageOfTheConsolesOwnIsItsIndexAndAMissingFileIsMissing) {
  const Console console;
  EXPECT_EQ(console.get("/builds/12").body, "<html>");
  EXPECT_EQ(console.get("/assets/old-9.js").status, 404);
  EXPECT_EQ(console.get("/assets/old").status, 404);
  EXPECT_EQ(console.get("/none.png").status, 404);
}

TEST(ConsoleFiles, NothingOutsideTheFolderIsServed) {
  const Console console;
  for (const std::string path : {"/../secret", "/assets/../../secret", "/.hidden", "/link.txt", "//secret", "/..", "secret",
                                 "/a\\..\\secret.txt", "/assets/./app-1a2b.js"}) {
    const http::Answer answer = console.get(path);
    EXPECT_EQ(answer.status, 404) << path << ": " << answer.body;
  }
  EXPECT_EQ(console.get(std::string("/index.html\0.png", 16)).status, 404);
  EXPECT_EQ(console.get("/" + std::string(5'000, 'a')).status, 404);
}

TEST(ConsoleFiles, WithoutAConsoleThePageSaysHowToBuildIt) {
  const test::TempDir dir;
  for (const std::string& folder : {std::string(), dir.path()}) {
    const http::Answer page = ConsoleFiles(folder).answer("/");
    EXPECT_EQ(page.status, 200);
    EXPECT_NE(page.body.find("npm run build"), std::string::npos);
    EXPECT_NE(page.body.find("href=\"/api/v1/farm\""), std::string::npos);
    EXPECT_EQ(ConsoleFiles(folder).answer("/builds/1").status, 404);
  }
}

TEST(ConsoleFiles, AFileThatIsTooBigIsNotServed) {
  const Console console;
  fs::resize_file(console.dir.write("dist/big.txt", ""), kConsoleFileBytesMax + 1);
  EXPECT_EQ(console.get("/big.txt").status, 404);
}

TEST(ConsoleFiles, AConfiguredFolderIsTakenAsItIs) { EXPECT_EQ(find_console("/x/console"), "/x/console"); }

}  // namespace
}  // namespace farm::coordinator
