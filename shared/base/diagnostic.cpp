#include "shared/base/result.hpp"

namespace farm {

std::string to_string(const Place& place) { return place.line > 0 ? place.file + ":" + std::to_string(place.line) : place.file; }

std::string to_string(const Diagnostic& diagnostic) {
  std::string text = to_string(diagnostic.place);
  if (!text.empty()) text += ": ";
  switch (diagnostic.severity) {
    case Severity::Note: text += "note: "; break;
    case Severity::Warning: text += "warning: "; break;
    case Severity::Error: text += "error: "; break;
  }
  return text + diagnostic.message;
}

}  // namespace farm
