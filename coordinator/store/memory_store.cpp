#include <array>
#include <map>

#include "coordinator/store/store.hpp"

namespace farm::store {
namespace {

class MemoryStore final : public Store {
 public:
  Result<void> apply(const Batch& batch, Durability /*durability*/) override {
    for (const Change& change : batch.changes()) {
      auto& items = kinds_.at(static_cast<std::size_t>(change.kind));
      if (change.value) {
        items[change.key] = *change.value;
      } else {
        items.erase(change.key);
      }
    }
    damage().written(batch);
    return {};
  }

  [[nodiscard]] Result<std::string> get(Kind kind, std::string_view key) const override {
    const Items& items = kinds_.at(static_cast<std::size_t>(kind));
    const auto found = items.find(key);
    if (found == items.end()) return Error{ErrorKind::NotFound, std::string(to_string(kind)) + ": there is no such record"};
    return found->second;
  }

  [[nodiscard]] Result<std::vector<Item>> scan(Kind kind, const Range& range) const override {
    const Items& items = kinds_.at(static_cast<std::size_t>(kind));
    std::vector<Item> found;
    if (!range.below.empty() && range.below <= range.from) return found;
    const auto first = items.lower_bound(range.from);
    const auto last = range.below.empty() ? items.end() : items.lower_bound(range.below);
    if (range.backwards) {
      for (auto item = last; item != first && found.size() < range.count_max;) {
        --item;
        found.push_back({item->first, item->second});
      }
    } else {
      for (auto item = first; item != last && found.size() < range.count_max; ++item) found.push_back({item->first, item->second});
    }
    return found;
  }

 private:
  using Items = std::map<std::string, std::string, std::less<>>;
  std::array<Items, kKinds> kinds_;
};

}  // namespace

std::unique_ptr<Store> open_memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace farm::store
