// Purpose: which records were found that can't be read, so that whoever lists many of them leaves these out, serves the others, and people
// are told. Thread-safe. A record that is written anew or erased is forgotten. Limits: kDamagedMax records are told apart.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "shared/base/error.hpp"

namespace farm::store {

enum class Kind : std::uint8_t;
class Batch;

class Damage {
 public:
  static constexpr std::size_t kDamagedMax = 10'000;

  struct Sum {
    Kind kind{};
    std::size_t records = 0;
    std::string example;  // what is wrong with one of them
  };

  void found(Kind kind, const std::string& key, const Error& error);
  void written(const Batch& batch);
  [[nodiscard]] std::vector<Sum> sums() const;  // of kinds that have any

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<Kind, std::string>, std::string> records_;
  std::atomic<bool> any_{false};
};

}  // namespace farm::store
