#include "farmctl/client/find_farm.hpp"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.hpp"
#include "tests/unit/farmctl/environment.hpp"

namespace farm::ctl {
namespace {

// A home without a farm, and no variable that names one.
struct Home {
  farm::test::TempDir dir;
  test::Environment environment;

  Home() {
    environment.set("HOME", dir.at("home"));
    for (const char* name :
         {"XDG_STATE_HOME", "XDG_CONFIG_HOME", "FARM_CONFIG", "FARM_COORDINATOR", "FARM_COORDINATOR_KEY", "FARM_KEY_FILE"}) {
      environment.set(name, std::nullopt);
    }
  }
  std::string config(const std::string& name, const std::string& coordinator) const {
    return dir.write(name, "coordinator: tcp://" + coordinator + ":1\ncoordinator_key: \"" + std::string(40, 'k') + "\"\nkey_file: key\n");
  }
};

std::string found(const std::string& option = "") {
  const auto farm = find_farm(option);
  return farm ? farm->coordinator : to_string(farm.error().kind).data() + (": " + farm.error().message);
}

TEST(FindFarm, WithoutOneItSaysHowToGetOne) {
  const Home home;
  EXPECT_EQ(find_farm("").error().kind, ErrorKind::Unavailable);
  EXPECT_NE(found().find("`farmctl local up`"), std::string::npos);
}

TEST(FindFarm, TheNearestWins) {
  Home home;
  home.config("home/.local/state/farm/local/client.yaml", "local");
  EXPECT_EQ(found(), "tcp://local:1");
  home.config("home/.config/farm/client.yaml", "user");
  EXPECT_EQ(found(), "tcp://user:1");
  home.environment.set("FARM_COORDINATOR", "tcp://environment:1");
  home.environment.set("FARM_COORDINATOR_KEY", std::string(40, 'k'));
  home.environment.set("FARM_KEY_FILE", "/key");
  EXPECT_EQ(found(), "tcp://environment:1");
  home.environment.set("FARM_COORDINATOR", std::nullopt);
  home.environment.set("FARM_CONFIG", home.config("named.yaml", "variable"));
  EXPECT_EQ(found(), "tcp://variable:1");
  EXPECT_EQ(found(home.config("option.yaml", "option")), "tcp://option:1");
}

TEST(FindFarm, XdgFoldersWinOverHome) {
  Home home;
  home.config("home/.local/state/farm/local/client.yaml", "home");
  home.environment.set("XDG_STATE_HOME", home.dir.at("state"));
  EXPECT_EQ(local_farm_directory().value_or(""), home.dir.at("state") + "/farm/local");
  home.config("state/farm/local/client.yaml", "state");
  EXPECT_EQ(found(), "tcp://state:1");
  home.environment.set("XDG_CONFIG_HOME", home.dir.at("config"));
  home.config("config/farm/client.yaml", "config");
  EXPECT_EQ(found(), "tcp://config:1");
}

TEST(FindFarm, AFileThatIsNamedMustBeThere) {
  const Home home;
  const auto farm = find_farm(home.dir.at("nowhere.yaml"));
  ASSERT_FALSE(farm);
  EXPECT_EQ(farm.error().kind, ErrorKind::InvalidInput);
  EXPECT_NE(farm.error().message.find("nowhere.yaml"), std::string::npos) << farm.error().message;
}

TEST(FindFarm, KnowsTheFarmOfThisMachine) {
  const Home home;
  config::ClientConfig farm;
  farm.key_file = home.dir.at("home/.local/state/farm/local/keys/admin.key");
  EXPECT_TRUE(is_local_farm(farm));
  farm.key_file = home.dir.at("home/.config/farm/own.key");
  EXPECT_FALSE(is_local_farm(farm));
}

TEST(ReadOwnKey, AFileWithoutKeysIsTheUsersMistake) {
  const farm::test::TempDir dir;
  EXPECT_EQ(read_own_key(dir.path()).error().kind, ErrorKind::InvalidInput);
  const std::string file = dir.write("key", "nothing");
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  EXPECT_EQ(read_own_key(file).error().kind, ErrorKind::InvalidInput);
  EXPECT_EQ(read_own_key(dir.at("nowhere")).error().kind, ErrorKind::NotFound);
}

TEST(FindFarm, WithoutAnyHomeThereIsNoPlaceForALocalFarm) {
  Home home;
  home.environment.set("HOME", std::nullopt);
  EXPECT_EQ(local_farm_directory().error().kind, ErrorKind::InvalidInput);
}

}  // namespace
}  // namespace farm::ctl
