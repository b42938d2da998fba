#include "agent/exec/line_reader.hpp"

namespace farm::exec {

void LineReader::keep(std::string_view part) {
  const std::size_t room = line_bytes_max_ - line_.size();
  if (part.size() > room) {
    part = part.substr(0, room);
    cut_ = true;
  }
  line_ += part;
}

void LineReader::emit(const LineSink& sink) {
  if (!cut_ && !line_.empty() && line_.back() == '\r') line_.pop_back();
  sink(line_, cut_);
  line_.clear();
  cut_ = false;
}

void LineReader::feed(std::string_view bytes, const LineSink& sink) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) return keep(bytes);
    keep(bytes.substr(0, end));
    emit(sink);
    bytes.remove_prefix(end + 1);
  }
}

void LineReader::finish(const LineSink& sink) {
  if (!line_.empty()) emit(sink);
}

}  // namespace farm::exec
