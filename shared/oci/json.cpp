#include "shared/oci/json.hpp"

#include <algorithm>

namespace farm::oci {
namespace {

constexpr int kDepthMax = 64;

// Braces within texts don't count. Checked before parsing, because the parsed value's destructor works to the same
// depth.
bool too_deep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kDepthMax) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<nlohmann::json> parse_json(std::string_view text, std::size_t bytes_max, const std::string& doing) {
  if (text.size() > bytes_max)
    return Error{ErrorKind::Overloaded, doing + ": longer than the limit of " + std::to_string(bytes_max) + " bytes"};
  if (too_deep(text)) return Error{ErrorKind::Corrupt, doing + ": nested too deep"};
  nlohmann::json parsed = nlohmann::json::parse(text, nullptr, false);
  if (parsed.is_discarded() || !parsed.is_object()) return Error{ErrorKind::Corrupt, doing + ": not a JSON object"};
  return parsed;
}

const nlohmann::json* member(const nlohmann::json& value, const char* name) {
  if (!value.is_object()) return nullptr;
  const auto found = value.find(name);
  return found == value.end() ? nullptr : &*found;
}

std::string text_member(const nlohmann::json& value, const char* name, std::size_t bytes_max) {
  const nlohmann::json* found = member(value, name);
  if (found == nullptr || !found->is_string()) return "";
  const auto& text = found->get_ref<const std::string&>();
  return text.size() > bytes_max ? "" : text;
}

}  // namespace farm::oci
