#include "shared/oci/challenge.hpp"

#include <cctype>

namespace farm::oci {
namespace {

constexpr std::size_t kChallengesMax = 16;
constexpr std::size_t kParamsMax = 32;

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  [[nodiscard]] bool done() const { return at_ >= text_.size(); }
  void skip(std::string_view chars) {
    while (!done() && chars.find(text_[at_]) != std::string_view::npos) ++at_;
  }
  bool take(char c) {
    if (done() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string token() {
    std::string out;
    while (!done() && std::string_view(" \t,=\"").find(text_[at_]) == std::string_view::npos) {
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(text_[at_++])));
    }
    return out;
  }
  // A quoted text or a bare word, in its own case.
  std::string value() {
    std::string out;
    if (!take('"')) {
      while (!done() && std::string_view(" \t,").find(text_[at_]) == std::string_view::npos) out += text_[at_++];
      return out;
    }
    while (!done() && text_[at_] != '"') {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      out += text_[at_++];
    }
    take('"');
    return out;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<Challenge> parse_challenges(std::string_view header) {
  std::vector<Challenge> challenges;
  Scanner scanner(header);
  while (true) {
    scanner.skip(" \t,");
    const std::string name = scanner.token();
    if (name.empty() || challenges.size() > kChallengesMax) break;
    scanner.skip(" \t");
    if (!scanner.take('=')) {  // a name without '=' begins the next challenge
      challenges.push_back({name, {}});
      continue;
    }
    scanner.skip(" \t");
    const std::string value = scanner.value();
    if (challenges.empty() || challenges.back().params.size() >= kParamsMax) break;
    challenges.back().params.emplace(name, value);
  }
  return challenges;
}

}  // namespace farm::oci
