// Purpose: replaces secret values in text by "***". Thread-safe. Values shorter than 4 bytes are not hidden (they would hide everything);
// a value of several lines hides each of its lines too, since logs come line by line.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace farm::log {

class Redactor {
 public:
  void add(std::string_view value);     // counted: two builds may add the same value
  void remove(std::string_view value);  // when the build is over
  [[nodiscard]] std::string redact(std::string_view text) const;
  [[nodiscard]] bool empty() const;

 private:
  template <typename Use>
  static void for_each_hidden(std::string_view value, Use use);
  void change(std::string_view value, int by);
  mutable std::mutex mutex_;
  std::map<std::string, int> values_;  // value → how often it was added
};

}  // namespace farm::log
