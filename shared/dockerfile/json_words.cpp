// The JSON form of instructions. Only arrays of strings mean something; the rest is read to tell "not JSON" from "JSON that is refused".
#include "shared/dockerfile/lines.hpp"
#include "shared/dockerfile/words.hpp"

namespace farm::dockerfile_detail {
namespace {

constexpr int kNestingMax = 64;

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  JsonForm read(std::vector<std::string>& words) {
    blanks();
    if (!eat('[')) return JsonForm::No;
    bool strings_only = true;
    blanks();
    if (!eat(']')) {
      do {
        blanks();
        std::string word;
        if (peek() == '"') {
          if (!string(word)) return JsonForm::No;
          words.push_back(std::move(word));
        } else {
          strings_only = false;
          if (!value(0)) return JsonForm::No;
        }
        blanks();
      } while (eat(','));
      if (!eat(']')) return JsonForm::No;
    }
    blanks();
    if (at_ != text_.size()) return JsonForm::No;
    return strings_only ? JsonForm::Yes : JsonForm::NotStrings;
  }

 private:
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool eat(char c) {
    if (peek() != c || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }
  void blanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') ++at_;
  }

  bool value(int depth) {
    if (depth > kNestingMax) return false;
    std::string ignored;
    switch (peek()) {
      case '"': return string(ignored);
      case '[': return sequence(']', depth, false);
      case '{': return sequence('}', depth, true);
      case 't': return literal("true");
      case 'f': return literal("false");
      case 'n': return literal("null");
      default: return number();
    }
  }
  bool sequence(char close, int depth, bool keys) {
    ++at_;
    blanks();
    if (eat(close)) return true;
    do {
      blanks();
      std::string ignored;
      if (keys) {
        if (peek() != '"' || !string(ignored)) return false;
        blanks();
        if (!eat(':')) return false;
        blanks();
      }
      if (!value(depth + 1)) return false;
      blanks();
    } while (eat(','));
    return eat(close);
  }
  bool literal(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  bool digits() {
    const std::size_t begin = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    return at_ > begin;
  }
  bool number() {
    eat('-');
    if (!eat('0') && !digits()) return false;
    if (eat('.') && !digits()) return false;
    if (eat('e') || eat('E')) {
      if (!eat('+')) eat('-');
      return digits();
    }
    return true;
  }
  bool string(std::string& out) {
    ++at_;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') {
        out += c;
      } else if (!escape(out)) {
        return false;
      }
    }
    return false;
  }
  bool escape(std::string& out) {
    constexpr std::string_view kFrom = "\"\\/bfnrt";
    constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
    const char c = peek();
    ++at_;
    if (c == 'u') return unicode(out);
    const std::size_t found = kFrom.find(c);
    if (c == '\0' || found == std::string_view::npos) return false;
    out += kTo[found];
    return true;
  }
  bool unicode(std::string& out) {
    std::uint32_t code = 0;
    if (!hex4(code)) return false;
    if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_).starts_with("\\u")) {
      at_ += 2;
      std::uint32_t low = 0;
      if (!hex4(low)) return false;
      code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
    }
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += {static_cast<char>(0xC0 | (code >> 6U)), static_cast<char>(0x80 | (code & 0x3FU))};
    } else if (code < 0x10000) {
      out += {static_cast<char>(0xE0 | (code >> 12U)), static_cast<char>(0x80 | ((code >> 6U) & 0x3FU)),
              static_cast<char>(0x80 | (code & 0x3FU))};
    } else {
      out += {static_cast<char>(0xF0 | ((code >> 18U) & 7U)), static_cast<char>(0x80 | ((code >> 12U) & 0x3FU)),
              static_cast<char>(0x80 | ((code >> 6U) & 0x3FU)), static_cast<char>(0x80 | (code & 0x3FU))};
    }
    return true;
  }
  bool hex4(std::uint32_t& code) {
    constexpr std::string_view kHex = "0123456789abcdef";
    for (int i = 0; i < 4; ++i) {
      const std::size_t digit = kHex.find(lower(std::string(1, peek())));
      if (at_ >= text_.size() || digit == std::string_view::npos) return false;
      code = code * 16 + static_cast<std::uint32_t>(digit);
      ++at_;
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

JsonForm parse_json_words(std::string_view text, std::vector<std::string>& words) {
  std::vector<std::string> found;
  const JsonForm form = JsonReader(text).read(found);
  if (form == JsonForm::Yes) words = std::move(found);
  return form;
}

}  // namespace farm::dockerfile_detail
