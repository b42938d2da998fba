#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <mutex>
#include <set>
#include <shared_mutex>

#include "coordinator/store/store.hpp"

namespace farm::store {
namespace {

constexpr std::string_view kLayoutKey = "layout";
constexpr std::string_view kLayoutVersion = "1";

Error error_of(const rocksdb::Status& status, const std::string& doing) {
  if (status.IsCorruption()) return Error{ErrorKind::Corrupt, doing + ": the database is damaged: " + status.ToString()};
  if (status.IsNotFound()) return Error{ErrorKind::NotFound, doing + ": there is no such record"};
  if (status.IsNoSpace()) return Error{ErrorKind::Unavailable, doing + ": the disk is full: " + status.ToString()};
  if (status.IsMemoryLimit()) return Error{ErrorKind::Overloaded, doing + ": " + status.ToString()};
  if (status.IsInvalidArgument() || status.IsNotSupported()) return Error{ErrorKind::Corrupt, doing + ": " + status.ToString()};
  return Error{ErrorKind::Unavailable, doing + ": " + status.ToString()};
}

Error open_error(const rocksdb::Status& status, const std::string& directory) {
  const std::string text = status.ToString();
  if (status.IsIOError() && (text.find("lock file") != std::string::npos || text.find("lock hold") != std::string::npos)) {
    return Error{ErrorKind::Conflict, directory + ": another coordinator runs on this state directory; stop it first (" + text + ")"};
  }
  Error error = error_of(status, "opening the database in " + directory);
  if (error.kind == ErrorKind::Corrupt) error.message += "; restore the directory from a copy, or move it away to start with an empty farm";
  return error;
}

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

rocksdb::Options database_options(rocksdb::Env* env) {
  rocksdb::Options options;
  options.env = env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  // A half-written last batch was never acknowledged and may go; any other damage must stop the start.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.db_write_buffer_size = 64U << 20U;
  options.max_total_wal_size = 64U << 20U;
  options.max_open_files = 256;
  options.keep_log_file_num = 3;
  options.max_log_file_size = 4U << 20U;
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  return options;
}

class RocksStore final : public Store {
 public:
  RocksStore(RocksOptions options, std::unique_ptr<rocksdb::Env> memory_env)
      : options_(std::move(options)), memory_env_(std::move(memory_env)) {}
  ~RocksStore() override { close(); }

  Result<void> open() {
    if (Result<void> opened = open_database(); !opened) return opened;
    return check_layout();
  }

  Result<void> apply(const Batch& batch, Durability durability) override {
    if (Result<void> ready = recover(); !ready) return ready;
    rocksdb::WriteBatch writes;
    for (const Change& change : batch.changes()) {
      if (change.value) {
        writes.Put(family(change.kind), slice(change.key), slice(*change.value));
      } else {
        writes.Delete(family(change.kind), slice(change.key));
      }
    }
    rocksdb::WriteOptions options;
    options.sync = durability == Durability::Synced;
    const rocksdb::Status status = database_->Write(options, &writes);
    if (status.ok()) damage().written(batch);
    if (status.ok()) return {};
    failed_ = true;
    return error_of(status, "writing records");
  }

  [[nodiscard]] Result<std::string> get(Kind kind, std::string_view key) const override {
    const std::shared_lock lock(mutex_);
    if (!database_) return Error{ErrorKind::Unavailable, "reading records: the database is closed after a failure"};
    std::string value;
    const rocksdb::Status status = database_->Get(rocksdb::ReadOptions(), family(kind), slice(key), &value);
    if (!status.ok()) return error_of(status, "reading " + std::string(to_string(kind)));
    return value;
  }

  [[nodiscard]] Result<std::vector<Item>> scan(Kind kind, const Range& range) const override {
    const std::shared_lock lock(mutex_);
    if (!database_) return Error{ErrorKind::Unavailable, "reading records: the database is closed after a failure"};
    std::vector<Item> found;
    if (!range.below.empty() && range.below <= range.from) return found;
    const rocksdb::Slice lower = slice(range.from);
    const rocksdb::Slice upper = slice(range.below);
    rocksdb::ReadOptions options;
    if (!range.from.empty()) options.iterate_lower_bound = &lower;
    if (!range.below.empty()) options.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> items(database_->NewIterator(options, family(kind)));
    range.backwards ? items->SeekToLast() : items->SeekToFirst();
    while (items->Valid() && found.size() < range.count_max) {
      found.push_back({items->key().ToString(), items->value().ToString()});
      range.backwards ? items->Prev() : items->Next();
    }
    if (!items->status().ok()) return error_of(items->status(), "reading " + std::string(to_string(kind)));
    return found;
  }

  [[nodiscard]] Figures figures() const override {
    const std::shared_lock lock(mutex_);
    Figures figures;
    if (!database_) return figures;
    const auto sum = [this](const std::string& property) {
      std::uint64_t value = 0;
      database_->GetAggregatedIntProperty(property, &value);
      return value;
    };
    using Properties = rocksdb::DB::Properties;
    figures.table_bytes = sum(Properties::kTotalSstFilesSize);
    figures.memtable_bytes = sum(Properties::kCurSizeAllMemTables);
    figures.pending_compaction_bytes = sum(Properties::kEstimatePendingCompactionBytes);
    // Of the whole database, whichever family is asked.
    const auto one = [this](const std::string& property) {
      std::uint64_t value = 0;
      database_->GetIntProperty(property, &value);
      return value;
    };
    figures.cache_bytes = one(Properties::kBlockCacheUsage);
    figures.compactions_running = one(Properties::kNumRunningCompactions);
    figures.background_errors = one(Properties::kBackgroundErrors);
    figures.write_stopped = one(Properties::kIsWriteStopped) != 0;
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      database_->GetIntProperty(family(static_cast<Kind>(kind)), Properties::kEstimateNumKeys, &figures.keys[kind]);
    }
    return figures;
  }

 private:
  [[nodiscard]] rocksdb::Env* env() const { return memory_env_ ? memory_env_.get() : rocksdb::Env::Default(); }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* family(Kind kind) const { return handles_[static_cast<std::size_t>(kind) + 1]; }

  Result<void> open_database() {
    const rocksdb::Options options = database_options(env());
    if (Result<void> known = check_families(options); !known) return known;
    std::vector<rocksdb::ColumnFamilyDescriptor> families{{rocksdb::kDefaultColumnFamilyName, options}};
    for (std::size_t kind = 0; kind < kKinds; ++kind) families.emplace_back(std::string(to_string(static_cast<Kind>(kind))), options);
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* database = nullptr;
    const rocksdb::Status status = rocksdb::DB::Open(options, options_.directory, families, &handles, &database);
    if (!status.ok()) return open_error(status, options_.directory);
    database_.reset(database);
    handles_ = std::move(handles);
    return {};
  }

  // A database with kinds that this version does not know was written by a newer one.
  Result<void> check_families(const rocksdb::Options& options) const {
    std::vector<std::string> names;
    if (!rocksdb::DB::ListColumnFamilies(options, options_.directory, &names).ok()) return {};  // new, or open() will say what is wrong
    std::set<std::string_view> known{rocksdb::kDefaultColumnFamilyName};
    for (std::size_t kind = 0; kind < kKinds; ++kind) known.insert(to_string(static_cast<Kind>(kind)));
    for (const std::string& name : names) {
      if (known.contains(name)) continue;
      return Error{ErrorKind::Unsupported, options_.directory + ": holds records of a kind \"" + name +
                                               "\" that farm " FARM_VERSION " does not know; run the newer coordinator"};
    }
    return {};
  }

  Result<void> check_layout() {
    const Result<std::string> layout = get(Kind::Meta, kLayoutKey);
    if (!layout && layout.error().kind == ErrorKind::NotFound) {
      Batch batch;
      batch.put(Kind::Meta, std::string(kLayoutKey), std::string(kLayoutVersion));
      return apply(batch, Durability::Synced);
    }
    if (!layout) return layout.error();
    if (*layout != kLayoutVersion) {
      return Error{ErrorKind::Unsupported, options_.directory + ": has layout version " + *layout + ", this coordinator reads version " +
                                               std::string(kLayoutVersion) + "; run the newer coordinator"};
    }
    return {};
  }

  // After a failed write RocksDB takes no more until it is opened again, which reads back what really reached the disk.
  Result<void> recover() {
    if (!failed_) return {};
    const std::unique_lock lock(mutex_);
    close();
    failed_ = false;
    Result<void> opened = open_database();
    failed_ = !opened.has_value();
    return opened;
  }

  void close() {
    for (rocksdb::ColumnFamilyHandle* handle : handles_) database_->DestroyColumnFamilyHandle(handle);
    handles_.clear();
    database_.reset();
  }

  const RocksOptions options_;
  const std::unique_ptr<rocksdb::Env> memory_env_;
  mutable std::shared_mutex mutex_;  // shared: reading; alone: closing and opening again
  std::unique_ptr<rocksdb::DB> database_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  bool failed_ = false;
};

}  // namespace

Result<std::unique_ptr<Store>> open_rocks_store(const RocksOptions& options) {
  std::unique_ptr<rocksdb::Env> memory_env;
  if (options.in_memory) {
    memory_env.reset(rocksdb::NewMemEnv(rocksdb::Env::Default()));
  } else {
    std::error_code error;
    std::filesystem::create_directories(options.directory, error);
    if (error) return Error{ErrorKind::Unavailable, options.directory + ": the state directory can't be made: " + error.message()};
  }
  auto store = std::make_unique<RocksStore>(options, std::move(memory_env));
  if (Result<void> opened = store->open(); !opened) return opened.error();
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace farm::store
