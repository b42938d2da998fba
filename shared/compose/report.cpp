#include "shared/compose/report.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace farm::compose {
namespace {

// More problems than this help nobody, and a hostile file could make millions.
constexpr std::size_t kDiagnosticsMax = 500;

}  // namespace

std::uint32_t Report::file_index(const std::string& path) {
  const auto found = std::find(files_.begin(), files_.end(), path);
  if (found != files_.end()) return static_cast<std::uint32_t>(found - files_.begin());
  files_.push_back(path);
  return static_cast<std::uint32_t>(files_.size() - 1);
}

void Report::add(Severity severity, Place place, std::string message) {
  if (severity == Severity::Error) ++errors_;
  // A value reached by several ways (an alias, `extends`) has its problem reported once.
  if (full() && (severity != Severity::Error || errors_ > 1)) return;
  Diagnostic diagnostic{severity, std::move(place), std::move(message)};
  if (!seen_.insert(farm::to_string(diagnostic)).second) return;
  diagnostics_.push_back(std::move(diagnostic));
}

bool Report::full() const { return diagnostics_.size() >= kDiagnosticsMax; }

Place Report::place(Mark at) const {
  if (at.file >= files_.size()) return {};
  return {files_[at.file], at.line, at.column};
}

std::vector<Diagnostic> Report::take() {
  const auto key = [](const Diagnostic& one) { return std::tie(one.place.file, one.place.line, one.place.column, one.message); };
  std::sort(diagnostics_.begin(), diagnostics_.end(), [&key](const Diagnostic& a, const Diagnostic& b) { return key(a) < key(b); });
  return std::move(diagnostics_);
}

}  // namespace farm::compose
