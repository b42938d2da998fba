// Purpose: whose eyes an answer is for. Where reading needs a token, its owner sees what is of the projects that the key book names, as
// with a key; sums over all projects (how many builds, how full the cache) are for everybody. A value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "shared/net/key_book.hpp"

namespace farm::coordinator {

class Viewer {
 public:
  Viewer() = default;  // reading is open: sees everything
  // `book`: the number of the key book that knows the owner.
  Viewer(net::KeyOwner owner, std::uint64_t book) : owner_(std::move(owner)), book_(book) {}

  [[nodiscard]] bool sees(const std::string& project) const { return !owner_ || owner_->is_for(project); }
  [[nodiscard]] bool sees_all() const { return !owner_ || owner_->is_for_all(); }
  [[nodiscard]] std::uint64_t book() const { return book_; }  // 0: none was asked

 private:
  std::optional<net::KeyOwner> owner_;
  std::uint64_t book_ = 0;
};

}  // namespace farm::coordinator
