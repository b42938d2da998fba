// Purpose: what the farm remembers (results and slices), counted from the store for the HTTP threads. Thread-safe. Read anew when a build
// ended since, or after kContentsAge; at most kRecordsCounted records of each kind (then `complete` is false).
#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "coordinator/http/board.hpp"
#include "coordinator/store/store.hpp"
#include "shared/json/api_model.hpp"

namespace farm::coordinator {

constexpr std::size_t kRecordsCounted = 20'000;
constexpr Millis kContentsAge{10'000};

struct CacheContents {
  struct Sum {
    std::uint64_t results = 0;
    std::uint64_t bytes = 0;
  };
  bool complete = true;
  std::array<Sum, api::kJobKinds> kinds;
  std::map<std::string, Sum> projects;
  std::vector<api::ResultRow> rows;  // the newest first
  std::uint64_t slices = 0;
  std::uint64_t slice_bytes = 0;
};

class CacheReader {
 public:
  CacheReader(const store::Store& store, const Board& board) : store_(store), board_(board) {}

  // Errors of the store.
  Result<std::shared_ptr<const CacheContents>> contents(Instant now);
  // What a result is; without a name where the farm forgot it.
  api::HeldResult result(const Digest& key);

 private:
  [[nodiscard]] Result<std::shared_ptr<const CacheContents>> read() const;

  const store::Store& store_;
  const Board& board_;
  std::mutex mutex_;
  std::shared_ptr<const CacheContents> contents_;
  Instant read_at_;
  std::uint64_t read_at_ended_ = 0;
  std::map<Digest, api::HeldResult> results_;
};

}  // namespace farm::coordinator
