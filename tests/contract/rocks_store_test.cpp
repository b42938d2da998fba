// What only a store on disk can show: restarts, locks, damage, full disks, other versions.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "coordinator/store/store.hpp"
#include "shared/base/random.hpp"
#include "tests/support/temp_dir.hpp"

namespace farm::store {
namespace {

struct Disk {
  test::TempDir dir;
  std::unique_ptr<Store> store;
  Disk() { open(); }
  void open() {
    store.reset();
    Result<std::unique_ptr<Store>> opened = try_open();
    ASSERT_TRUE(opened) << opened.error().message;
    store = std::move(*opened);
  }
  [[nodiscard]] Result<std::unique_ptr<Store>> try_open() const { return open_rocks_store({dir.at("db"), false}); }
  [[nodiscard]] Result<void> put(const std::string& key, const std::string& value) const {
    Batch batch;
    batch.put(Kind::Jobs, key, value);
    return store->apply(batch);
  }
  // Files of the database whose name ends so.
  [[nodiscard]] std::vector<std::filesystem::path> files(const std::string& end) const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(dir.at("db"))) {
      if (entry.path().string().ends_with(end) && std::filesystem::file_size(entry.path()) > 0) found.push_back(entry.path());
    }
    return found;
  }
};

void flip_byte(const std::filesystem::path& path, std::uint64_t place) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(place));
  const char byte = static_cast<char>(file.get() ^ 0x5A);
  file.seekp(static_cast<std::streamoff>(place));
  file.put(byte);
}

TEST(RocksStore, TellsHowMuchItHoldsOfEachKind) {
  Disk disk;
  const auto jobs = [](const Figures& figures) { return figures.keys[static_cast<std::size_t>(Kind::Jobs)]; };
  EXPECT_EQ(jobs(disk.store->figures()), 0U);
  ASSERT_TRUE(disk.put("a", std::string(10'000, 'x')));
  ASSERT_TRUE(disk.put("b", std::string(10'000, 'y')));
  const Figures figures = disk.store->figures();
  EXPECT_EQ(jobs(figures), 2U);
  EXPECT_EQ(figures.keys[static_cast<std::size_t>(Kind::Results)], 0U);
  EXPECT_GT(figures.memtable_bytes, 20'000U);
  EXPECT_EQ(figures.background_errors, 0U);
  EXPECT_FALSE(figures.write_stopped);
  disk.open();  // what is not in a table yet is written to one on opening
  EXPECT_GT(disk.store->figures().table_bytes, 0U);
  EXPECT_EQ(jobs(disk.store->figures()), 2U);
}

TEST(RocksStore, WhatWasAppliedIsThereAfterARestart) {
  Disk disk;
  ASSERT_TRUE(disk.put("a", "1"));
  disk.open();
  EXPECT_EQ(disk.store->get(Kind::Jobs, "a").value(), "1");
}

TEST(RocksStore, ASecondCoordinatorIsTold) {
  const Disk disk;
  const auto second = disk.try_open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::Conflict);
  EXPECT_NE(second.error().message.find("another coordinator runs on this state directory"), std::string::npos) << second.error().message;
}

TEST(RocksStore, ADirectoryThatCannotBeMadeIsUnavailable) {
  const test::TempDir dir;
  dir.write("file", "");
  EXPECT_EQ(open_rocks_store({dir.at("file/db"), false}).error().kind, ErrorKind::Unavailable);
}

TEST(RocksStore, RecordsSurviveACrash) {
  Disk disk;
  for (int number = 0; number < 100; ++number) ASSERT_TRUE(disk.put(std::to_string(number), std::string(1'000, 'v')));
  // As after a crash: the log of writes holds the records, the tables don't yet.
  const test::TempDir copy;
  std::filesystem::copy(disk.dir.at("db"), copy.at("db"), std::filesystem::copy_options::recursive);
  const auto whole = open_rocks_store({copy.at("db"), false});
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ((*whole)->get(Kind::Jobs, "99").value(), std::string(1'000, 'v'));
}

TEST(RocksStore, ADamagedLogInTheMiddleIsCorruptAndSaysWhatToDo) {
  Disk disk;
  for (int number = 0; number < 100; ++number) ASSERT_TRUE(disk.put(std::to_string(number), std::string(1'000, 'v')));
  const test::TempDir copy;
  std::filesystem::copy(disk.dir.at("db"), copy.at("db"), std::filesystem::copy_options::recursive);
  std::size_t damaged = 0;
  for (const auto& entry : std::filesystem::directory_iterator(copy.at("db"))) {
    if (entry.path().extension() != ".log" || std::filesystem::file_size(entry.path()) < 50'000) continue;
    flip_byte(entry.path(), 50'000);
    ++damaged;
  }
  ASSERT_EQ(damaged, 1U);
  const auto opened = open_rocks_store({copy.at("db"), false});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::Corrupt) << opened.error().message;
  EXPECT_NE(opened.error().message.find("restore the directory from a copy"), std::string::npos) << opened.error().message;
}

TEST(RocksStore, AHalfWrittenLastBatchIsForgottenAndTheRestStays) {
  Disk disk;
  for (int number = 0; number < 100; ++number) ASSERT_TRUE(disk.put(std::to_string(number), std::string(1'000, 'v')));
  const test::TempDir copy;
  std::filesystem::copy(disk.dir.at("db"), copy.at("db"), std::filesystem::copy_options::recursive);
  for (const auto& entry : std::filesystem::directory_iterator(copy.at("db"))) {
    if (entry.path().extension() != ".log" || std::filesystem::file_size(entry.path()) < 50'000) continue;
    std::filesystem::resize_file(entry.path(), std::filesystem::file_size(entry.path()) - 100);
  }
  const auto opened = open_rocks_store({copy.at("db"), false});
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE((*opened)->get(Kind::Jobs, "98"));
  EXPECT_EQ((*opened)->get(Kind::Jobs, "99").error().kind, ErrorKind::NotFound);
}

TEST(RocksStore, DamagedTablesNeverCrashAndNeverLie) {
  Disk disk;
  for (int number = 0; number < 200; ++number) ASSERT_TRUE(disk.put(std::to_string(1'000 + number), std::string(500, 'v')));
  disk.open();  // opening writes the records into tables
  disk.store.reset();
  const auto tables = disk.files(".sst");
  ASSERT_FALSE(tables.empty());
  Rng rng(5);
  int noticed = 0;
  for (int round = 0; round < 40; ++round) {
    const test::TempDir copy;
    std::filesystem::copy(disk.dir.at("db"), copy.at("db"), std::filesystem::copy_options::recursive);
    const auto& table = tables[static_cast<std::size_t>(rng.below(tables.size()))];
    flip_byte(std::filesystem::path(copy.at("db")) / table.filename(), rng.below(std::filesystem::file_size(table)));
    const auto opened = open_rocks_store({copy.at("db"), false});
    const auto items = opened ? (*opened)->scan(Kind::Jobs, {}) : Result<std::vector<Item>>(opened.error());
    if (!items) {
      ++noticed;
      EXPECT_EQ(items.error().kind, ErrorKind::Corrupt) << items.error().message;
      continue;
    }
    ASSERT_EQ(items->size(), 200U) << "round " << round;
    for (const Item& item : *items) ASSERT_EQ(item.value, std::string(500, 'v'));
  }
  EXPECT_GT(noticed, 0);
}

TEST(RocksStore, AnotherLayoutVersionIsUnsupported) {
  Disk disk;
  Batch batch;
  batch.put(Kind::Meta, "layout", "2");
  ASSERT_TRUE(disk.store->apply(batch));
  disk.store.reset();
  const auto opened = disk.try_open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::Unsupported);
  EXPECT_NE(opened.error().message.find("version 2"), std::string::npos);
  EXPECT_NE(opened.error().message.find("version 1"), std::string::npos);
}

// No file may grow beyond a limit: what a full disk looks like to the program, without a disk to fill.
TEST(RocksStore, AFullDiskIsAnErrorAndTheStoreGoesOnWhenThereIsRoomAgain) {
  Disk disk;
  ASSERT_TRUE(disk.put("before", "1"));
  ASSERT_NE(std::signal(SIGXFSZ, SIG_IGN), SIG_ERR);
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const rlimit small{200'000, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Result<void> failed = disk.put("big", std::string(1'000'000, 'x'));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::Unavailable) << failed.error().message;
  EXPECT_EQ(disk.store->get(Kind::Jobs, "before").value(), "1");
  const Result<void> after = disk.put("after", "2");
  ASSERT_TRUE(after) << after.error().message;
  disk.open();
  EXPECT_EQ(disk.store->get(Kind::Jobs, "before").value(), "1");
  EXPECT_EQ(disk.store->get(Kind::Jobs, "after").value(), "2");
}

}  // namespace
}  // namespace farm::store
