#include "shared/net/keys.hpp"
#include "shared/net/tokens.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "shared/net/key_book.hpp"

namespace farm::net {
namespace {

struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "farm-keys-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  [[nodiscard]] std::string file(const char* name) const { return path / name; }
};

TEST(NetKeys, APairIsWrittenForItsOwnerAloneAndReadBack) {
  const Folder folder;
  const KeyPair keys = generate_key_pair().value();
  ASSERT_TRUE(write_key_file(folder.file("k"), keys));
  struct stat info{};
  ASSERT_EQ(::stat(folder.file("k").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_EQ(read_key_file(folder.file("k")).value(), keys);
  EXPECT_EQ(public_key_of(keys.secret_key).value(), keys.public_key);
}

TEST(NetKeys, AKeyFileIsNeverOverwritten) {
  const Folder folder;
  const KeyPair keys = generate_key_pair().value();
  ASSERT_TRUE(write_key_file(folder.file("k"), keys));
  EXPECT_EQ(write_key_file(folder.file("k"), generate_key_pair().value()).error().kind, ErrorKind::Conflict);
  EXPECT_EQ(read_key_file(folder.file("k")).value(), keys);
}

TEST(NetKeys, AFileThatOthersCanReadIsRefusedWithTheCure) {
  const Folder folder;
  ASSERT_TRUE(write_key_file(folder.file("k"), generate_key_pair().value()));
  for (const mode_t mode : {0640U, 0604U, 0660U}) {
    ASSERT_EQ(::chmod(folder.file("k").c_str(), mode), 0);
    const auto read = read_key_file(folder.file("k"));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::Denied);
    EXPECT_NE(read.error().message.find("chmod 600"), std::string::npos);
  }
}

TEST(NetKeys, DamagedFilesAndPairsThatDoNotFitAreCorrupt) {
  const Folder folder;
  const KeyPair one = generate_key_pair().value();
  const KeyPair two = generate_key_pair().value();
  ASSERT_TRUE(write_key_file(folder.file("mixed"), {one.public_key, two.secret_key}));
  const auto mixed = read_key_file(folder.file("mixed"));
  EXPECT_EQ(mixed.error().kind, ErrorKind::Corrupt);
  EXPECT_EQ(mixed.error().message.find(two.secret_key), std::string::npos);
  ASSERT_TRUE(write_key_file(folder.file("empty"), {}));
  EXPECT_EQ(read_key_file(folder.file("empty")).error().kind, ErrorKind::Corrupt);
  EXPECT_EQ(read_key_file(folder.file("absent")).error().kind, ErrorKind::NotFound);
  EXPECT_EQ(read_key_file(folder.path.string()).error().kind, ErrorKind::Corrupt);
}

TEST(NetKeys, OnlyFortyCharactersOfZ85AreAKey) {
  EXPECT_TRUE(is_z85_key(generate_key_pair().value().public_key));
  EXPECT_FALSE(is_z85_key(""));
  EXPECT_FALSE(is_z85_key(std::string(39, '0')));
  EXPECT_FALSE(is_z85_key(std::string(41, '0')));
  EXPECT_FALSE(is_z85_key(std::string(40, '"')));
  EXPECT_FALSE(is_z85_key(std::string(40, '\xFF')));
  EXPECT_FALSE(is_z85_key(std::string(40, '#')));  // above 32 bits in each group
}

TEST(NetKeyBook, ALineSaysWhoMayDoWhat) {
  const std::string agent = generate_key_pair().value().public_key;
  const std::string client = generate_key_pair().value().public_key;
  const auto book =
      KeyBook::parse("# people\n\nagent alpha " + agent + "\n  client dev " + client + " projects=market,shop zone=guests\r\n", "keys");
  ASSERT_TRUE(book.ok()) << to_string(book.diagnostics.front());
  const KeyOwner* alpha = book.value.by_key(agent);
  ASSERT_NE(alpha, nullptr);
  EXPECT_EQ(*alpha, (KeyOwner{"alpha", Role::Agent, {}, "trusted", agent}));
  const KeyOwner* dev = book.value.by_name("dev");
  ASSERT_NE(dev, nullptr);
  EXPECT_EQ(*dev, (KeyOwner{"dev", Role::Client, {"market", "shop"}, "guests", client}));
  EXPECT_EQ(book.value.by_name("nobody"), nullptr);
  EXPECT_EQ(book.value.by_key(""), nullptr);
}

TEST(NetTokens, ATokenIsLongRandomAndKnownByItsHashOnly) {
  const std::string token = new_token().value();
  EXPECT_EQ(token.size(), 5U + 64U);
  EXPECT_NE(token, new_token().value());
  EXPECT_TRUE(is_token_hash(hash_of_token(token)));
  EXPECT_FALSE(is_token_hash(token));
  EXPECT_FALSE(is_token_hash("sha256:" + std::string(64, 'A')));
  EXPECT_TRUE(is_same_hash("abc", "abc"));
  EXPECT_FALSE(is_same_hash("abc", "abd"));
  EXPECT_FALSE(is_same_hash("abc", "ab"));
}

TEST(NetTokens, TheBookKnowsTokensApartFromKeys) {
  const std::string key = generate_key_pair().value().public_key;
  const std::string token = new_token().value();
  const std::string hash = hash_of_token(token);
  const auto book = KeyBook::parse("client ann " + key + "\nreader ann " + hash + " projects=market\n", "keys");
  ASSERT_TRUE(book.ok()) << to_string(book.diagnostics.front());
  const KeyOwner* owner = book.value.by_token(token);
  ASSERT_NE(owner, nullptr);
  EXPECT_EQ(*owner, (KeyOwner{"ann", Role::Reader, {"market"}, "trusted", hash}));
  EXPECT_EQ(KeyBook::line_of(*owner), "reader ann " + hash + " projects=market zone=trusted");
  EXPECT_EQ(book.value.by_token(token + "0"), nullptr);
  EXPECT_EQ(book.value.by_token(hash), nullptr) << "whoever reads the book can't use what stands there";
  // Whoever comes with a key is never taken for the owner of a token.
  EXPECT_EQ(book.value.by_name("ann")->public_key, key);
  EXPECT_EQ(book.value.by_key(hash), nullptr);
  EXPECT_EQ(book.value.size(), 1U);
}

TEST(NetTokens, WrongLinesOfTokensAreTold) {
  const std::string one = hash_of_token("one");
  const std::string two = hash_of_token("two");
  const auto book = KeyBook::parse("admin a " + one + "\nadmin a " + two + "\nadmin b " + one + "\nagent c " + two +
                                       "\nadmin d sha256:12\n" + "admin ../e " + two + "\n",
                                   "keys");
  std::vector<int> lines;
  for (const Diagnostic& diagnostic : book.diagnostics) lines.push_back(diagnostic.place.line);
  EXPECT_EQ(lines, (std::vector<int>{2, 3, 4, 5, 6}));
  EXPECT_EQ(book.value.tokens().size(), 1U);
}

TEST(NetTokens, ALineIsTakenOutAndTheRestStaysAsItIs) {
  const std::string ann = "client ann " + hash_of_token("one") + "\n";
  const std::string key = "client ann " + generate_key_pair().value().public_key + "\n";
  const std::string bob = "  admin   bob " + hash_of_token("two") + " projects=a";
  EXPECT_EQ(KeyBook::without_token("# people\n\n" + ann + key + bob, "ann").value(), "# people\n\n" + key + bob);
  EXPECT_EQ(KeyBook::without_token(ann + bob, "bob").value(), ann);
  EXPECT_EQ(KeyBook::without_token(key + bob, "ann").error().kind, ErrorKind::NotFound) << "a key is no token";
  EXPECT_EQ(KeyBook::without_token("", "ann").error().kind, ErrorKind::NotFound);
}

TEST(NetKeyBook, WrittenLinesReadBack) {
  KeyBook book;
  ASSERT_TRUE(book.add({"a", Role::Admin, {}, "trusted", generate_key_pair().value().public_key}));
  ASSERT_TRUE(book.add({"b", Role::Reader, {"x", "y"}, "guests", generate_key_pair().value().public_key}));
  std::string text;
  for (const KeyOwner& owner : book.owners()) text += KeyBook::line_of(owner) + "\n";
  const auto parsed = KeyBook::parse(text, "keys");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.value.owners(), book.owners());
}

TEST(NetKeyBook, EveryProblemIsToldWithItsLine) {
  const std::string key = generate_key_pair().value().public_key;
  const std::string other = generate_key_pair().value().public_key;
  const auto book =
      KeyBook::parse("agent a " + key + "\nagent a " + other + "\nagent b " + key + "\nking c " + other + "\nagent d short\nagent\n" +
                         "agent e " + other + " colour=red\nclient f " + other + " projects=\nagent ../g " + other + "\n",
                     "keys");
  std::vector<int> lines;
  for (const Diagnostic& diagnostic : book.diagnostics) lines.push_back(diagnostic.place.line);
  EXPECT_EQ(lines, (std::vector<int>{2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(book.value.size(), 1U);
}

}  // namespace
}  // namespace farm::net
