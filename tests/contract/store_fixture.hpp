// Purpose: the implementations of Store that the contract suites run on, and a fixture with words for them.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "coordinator/store/records.hpp"
#include "coordinator/store/scheduler_records.hpp"
#include "coordinator/store/store.hpp"
#include "tests/support/temp_dir.hpp"

namespace farm::store {

struct Backend {
  friend std::ostream& operator<<(std::ostream& out, const Backend& backend) { return out << backend.name; }
  std::string name;
  std::function<std::unique_ptr<Store>(const test::TempDir&)> make;
};
inline std::unique_ptr<Store> rocks(const std::string& directory, bool in_memory) {
  Result<std::unique_ptr<Store>> store = open_rocks_store({directory, in_memory});
  EXPECT_TRUE(store) << store.error().message;
  return std::move(store).value();
}
inline const std::vector<Backend>& backends() {
  static const std::vector<Backend> kAll{
      {"memory", [](const test::TempDir&) { return open_memory_store(); }},
      {"rocksdb_on_disk", [](const test::TempDir& dir) { return rocks(dir.at("db"), false); }},
      {"rocksdb_in_memory", [](const test::TempDir&) { return rocks("/farm", true); }},
  };
  return kAll;
}

class StoreContract : public testing::TestWithParam<Backend> {
 protected:
  void put(Kind kind, const std::string& key, const std::string& value) {
    Batch batch;
    batch.put(kind, key, value);
    ASSERT_TRUE(store_->apply(batch));
  }
  std::vector<std::string> keys(const Range& range, Kind kind = Kind::Jobs) {
    std::vector<std::string> found;
    const auto items = store_->scan(kind, range);
    EXPECT_TRUE(items);
    for (const Item& item : *items) found.push_back(item.key);
    return found;
  }
  template <typename Record>
  void save(const Record& record) {
    Batch batch;
    store::put(batch, record);
    ASSERT_TRUE(store_->apply(batch));
  }

  test::TempDir dir_;
  std::unique_ptr<Store> store_ = GetParam().make(dir_);
};

inline std::string name_of(const testing::TestParamInfo<Backend>& info) { return info.param.name; }

}  // namespace farm::store
