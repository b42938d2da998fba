#include "farmctl/render/log_text.hpp"

#include "farmctl/render/text.hpp"

namespace farm::ctl {

std::string LogText::add(std::uint64_t offset, std::string_view bytes) {
  if (offset + bytes.size() <= end_ || offset + bytes.size() < offset) return "";
  std::string text;
  if (offset > end_ && !bytes.empty()) text = (in_line_ ? "\n[" : "[") + format_bytes(offset - end_) + " are missing here]\n";
  if (offset < end_) bytes.remove_prefix(static_cast<std::size_t>(end_ - offset));
  if (bytes.empty()) return "";
  text += bytes;
  end_ = offset < end_ ? end_ + bytes.size() : offset + bytes.size();
  in_line_ = bytes.back() != '\n';
  return text;
}

std::string_view last_lines(std::string_view text, std::uint64_t count) {
  if (count == 0 || text.empty()) return {};
  std::size_t at = text.size() - 1;  // what ends the last line begins no new one
  for (std::uint64_t lines = 0; at > 0; --at) {
    if (text[at - 1] == '\n' && ++lines == count) break;
  }
  return text.substr(at);
}

}  // namespace farm::ctl
