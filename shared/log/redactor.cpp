#include "shared/log/redactor.hpp"

#include <algorithm>

namespace farm::log {
namespace {

constexpr std::size_t kShortestHidden = 4;

}  // namespace

template <typename Use>
void Redactor::for_each_hidden(std::string_view value, Use use) {
  use(value);
  if (value.find('\n') == std::string_view::npos) return;
  std::size_t start = 0;
  while (start < value.size()) {
    const std::size_t end = std::min(value.find('\n', start), value.size());
    use(value.substr(start, end - start));
    start = end + 1;
  }
}

void Redactor::change(std::string_view value, int by) {
  if (value.size() < kShortestHidden) return;
  const std::string key(value);
  int& times = values_[key];
  times += by;
  if (times <= 0) values_.erase(key);
}

void Redactor::add(std::string_view value) {
  const std::lock_guard lock(mutex_);
  for_each_hidden(value, [this](std::string_view part) { change(part, 1); });
}

void Redactor::remove(std::string_view value) {
  const std::lock_guard lock(mutex_);
  for_each_hidden(value, [this](std::string_view part) { change(part, -1); });
}

std::string Redactor::redact(std::string_view text) const {
  const std::lock_guard lock(mutex_);
  std::string out;
  out.reserve(text.size());
  for (std::size_t place = 0; place < text.size();) {
    std::size_t longest = 0;
    for (const auto& [value, times] : values_) {
      if (value.size() > longest && text.substr(place).starts_with(value)) longest = value.size();
    }
    if (longest == 0) {
      out += text[place++];
    } else {
      out += "***";
      place += longest;
    }
  }
  return out;
}

bool Redactor::empty() const {
  const std::lock_guard lock(mutex_);
  return values_.empty();
}

}  // namespace farm::log
