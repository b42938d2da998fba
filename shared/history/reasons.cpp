#include "shared/history/reasons.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "shared/history/dependency_words.hpp"

namespace farm::history {
namespace {

constexpr std::size_t kShownBytesMax = 120;
constexpr std::size_t kDigestDigits = 12;

// Values are shown where people can read them: a digest as its first digits, a long text cut.
std::string shown(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) {
    const bool digest = value.starts_with("sha256:") && value.size() == 71;
    text += (text.empty() ? "" : ", ") + (digest ? value.substr(0, 7 + kDigestDigits) : value);
  }
  if (text.size() <= kShownBytesMax) return text;
  std::size_t end = kShownBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "…";
}

std::string arrow(const std::string& name, const InputChange& change) {
  if (change.before.empty()) return name + " is new: " + shown(change.after);
  if (change.after.empty()) return name + " is gone (it was " + shown(change.before) + ")";
  return name + ": " + shown(change.before) + " → " + shown(change.after);
}

Reason plain(ReasonKind kind, const std::string& subject, const std::string& name, const InputChange& change) {
  return {kind, subject, shown(change.before), shown(change.after), arrow(name, change)};
}

Digest digest_in(const std::vector<std::string>& values) {
  const Result<Digest> digest = values.size() == 1 ? parse_digest(values.front()) : Digest{};
  return digest ? *digest : Digest{};
}

void add_files(const std::string& slice, const FileChanges& changes, std::size_t left_off, std::vector<Reason>& reasons) {
  std::size_t told = 0;
  const auto add = [&](const std::vector<std::string>& paths, const char* what) {
    for (const std::string& path : paths) {
      if (++told <= kFilesPerSliceMax) reasons.push_back({ReasonKind::File, path, "", "", path + " " + what + " (" + slice + ")"});
    }
  };
  add(changes.changed, "changed");
  add(changes.added, "is new");
  add(changes.removed, "is gone");
  const std::size_t more = left_off + told - std::min(told, kFilesPerSliceMax);
  if (more > 0) reasons.push_back({ReasonKind::File, slice, "", "", "and " + std::to_string(more) + " more files of " + slice});
}

// The coordinator's word comes first: whoever asks, the answer is the same.
void add_slice(const Explanation& told, const InputChange& change, const SliceLookup& lookup, std::vector<Reason>& reasons) {
  const auto known =
      std::find_if(told.slices.begin(), told.slices.end(), [&](const SliceChange& slice) { return slice.name == change.name; });
  if (known != told.slices.end()) {
    return add_files(change.name, {known->changed, known->added, known->removed}, known->left_off, reasons);
  }
  const auto before = change.before.empty() ? FileDigests{} : lookup(digest_in(change.before));
  const auto after = change.after.empty() ? FileDigests{} : lookup(digest_in(change.after));
  if (before && after && *before != *after) return add_files(change.name, compare_files(*before, *after), 0, reasons);
  const char* what = change.before.empty() ? " is new" : change.after.empty() ? " is gone" : " changed";
  reasons.push_back({ReasonKind::Slice, change.name, shown(change.before), shown(change.after),
                     change.name + what + " (the files of both states are not on record here, so which changed can't be told)"});
}

void add_dockerfile(const Explanation& told, std::vector<Reason>& reasons) {
  for (const LineChange& line : told.dockerfile) {
    const std::uint32_t number = line.line_after != 0 ? line.line_after : line.line_before;
    std::string text = "Dockerfile line " + std::to_string(number);
    if (line.line_before == 0) {
      text += " is new: " + line.after;
    } else if (line.line_after == 0) {
      text += " is gone: " + line.before;
    } else {
      text += ": " + line.before + " → " + line.after;
    }
    reasons.push_back({ReasonKind::Dockerfile, "line " + std::to_string(number), line.before, line.after, std::move(text)});
  }
  if (told.dockerfile.empty()) reasons.push_back({ReasonKind::Dockerfile, "Dockerfile", "", "", "the Dockerfile's text changed"});
}

bool is_job(const std::string& name) { return name == "deps" || name.starts_with("deps ") || name.starts_with("image "); }

struct Rule {
  std::string_view start;
  ReasonKind kind;
  std::string_view place;  // put before the name
};
constexpr std::array kRules = {Rule{"profile.", ReasonKind::Manifest, "Cargo.toml: "},
                               Rule{"patch", ReasonKind::Manifest, "Cargo.toml: "},
                               Rule{"replace", ReasonKind::Manifest, "Cargo.toml: "},
                               Rule{"resolver", ReasonKind::Manifest, "Cargo.toml: "},
                               Rule{"config.", ReasonKind::Config, ".cargo/config.toml: "},
                               Rule{"toolchain", ReasonKind::Config, "rust-toolchain: "},
                               Rule{"env.", ReasonKind::Config, "environment: "},
                               Rule{"base image ", ReasonKind::BaseImage, ""},
                               Rule{"arg ", ReasonKind::Argument, "build "},
                               Rule{"label ", ReasonKind::Argument, "image "},
                               Rule{"host ", ReasonKind::Argument, "extra "},
                               Rule{"secret ", ReasonKind::Argument, ""},
                               Rule{"target", ReasonKind::Argument, ""},
                               Rule{"network", ReasonKind::Argument, ""}};

// "profile.release" → "release" is no better; "config.build.rustflags" → "build.rustflags" is.
std::string without_prefix(const std::string& name) {
  for (const std::string_view prefix : {"config.", "env.", "base image "}) {
    if (name.starts_with(prefix)) return name.substr(prefix.size());
  }
  return name;
}

std::optional<Reason> by_rule(const InputChange& change) {
  if (is_job(change.name)) return Reason{ReasonKind::Upstream, change.name, "", "", change.name + " below it is another one"};
  if (change.name == "platform") return plain(ReasonKind::Argument, "platform", "platform", change);
  for (const Rule& rule : kRules) {
    if (!change.name.starts_with(rule.start)) continue;
    const std::string subject = without_prefix(change.name);
    const std::string name = std::string(rule.place) + (rule.kind == ReasonKind::BaseImage ? change.name : subject);
    return plain(rule.kind, subject, name, change);
  }
  return std::nullopt;
}

// Inputs that are digests over many things; what they are about is mostly told by others already.
std::optional<Reason> vague(const InputChange& change) {
  const auto say = [&](ReasonKind kind, const std::string& text) { return Reason{kind, change.name, "", "", text}; };
  if (change.name == "needs") return say(ReasonKind::Dependency, "what the built crates need of external crates changed");
  if (change.name == "crates' dependencies") return say(ReasonKind::Manifest, "Cargo.toml: which local crate depends on which changed");
  if (change.name.starts_with("platform "))
    return say(ReasonKind::Dependency, "features below dependencies of one platform changed: " + change.name);
  if (change.name == "files copied before the cook")
    return say(ReasonKind::Slice, "files that the Dockerfile copies before the cook changed");
  if (change.name.starts_with("directory ")) return say(ReasonKind::Slice, change.name.substr(10) + "/ changed");
  if (change.name == "whole context") return say(ReasonKind::Slice, "the context changed (this job needs all of it)");
  if (change.name.starts_with("context ")) return say(ReasonKind::Slice, "build " + change.name + " changed");
  if (change.name == "binaries") return say(ReasonKind::Other, "other binaries are compiled together");
  if (change.name == "clean") return say(ReasonKind::Other, "farm cleans layers in another way");
  return std::nullopt;
}

bool told_by_files(const std::vector<Reason>& reasons) {
  return std::any_of(reasons.begin(), reasons.end(), [](const Reason& reason) {
    return reason.kind == ReasonKind::File && (reason.subject == "Cargo.toml" || reason.subject.ends_with("/Cargo.toml"));
  });
}

}  // namespace

std::string_view to_string(ReasonKind kind) {
  switch (kind) {
    case ReasonKind::File: return "file";
    case ReasonKind::Slice: return "slice";
    case ReasonKind::Lock: return "lock";
    case ReasonKind::Dependency: return "dependency";
    case ReasonKind::Manifest: return "manifest";
    case ReasonKind::Config: return "config";
    case ReasonKind::Dockerfile: return "dockerfile";
    case ReasonKind::BaseImage: return "base-image";
    case ReasonKind::Argument: return "argument";
    case ReasonKind::Upstream: return "upstream";
    case ReasonKind::Other: return "other";
  }
  return "other";
}

FileChanges compare_files(const FileDigests& before, const FileDigests& after) {
  FileChanges changes;
  for (const auto& [path, digest] : after) {
    const auto old = before.find(path);
    if (old == before.end()) {
      changes.added.push_back(path);
    } else if (old->second != digest) {
      changes.changed.push_back(path);
    }
  }
  for (const auto& [path, digest] : before) {
    if (!after.contains(path)) changes.removed.push_back(path);
  }
  return changes;
}

std::vector<Reason> reasons_of(const Explanation& told, const SliceLookup& files) {
  std::vector<Reason> reasons = dependency_reasons(told.changes);
  const std::vector<Reason> locks = lock_reasons(told.changes);
  reasons.insert(reasons.end(), locks.begin(), locks.end());
  const bool named = !reasons.empty();
  std::vector<Reason> later;
  for (const InputChange& change : told.changes) {
    if (change.name.starts_with("asks ") || change.name.starts_with("lock ")) continue;
    if (change.name.starts_with("slice ")) {
      add_slice(told, change, files, reasons);
    } else if (change.name == "dockerfile") {
      add_dockerfile(told, reasons);
    } else if (std::optional<Reason> reason = vague(change)) {
      if (change.name != "needs" || !named) later.push_back(std::move(*reason));
    } else if (std::optional<Reason> by = by_rule(change)) {
      (by->kind == ReasonKind::Upstream ? later : reasons).push_back(std::move(*by));
    } else {
      later.push_back(plain(ReasonKind::Other, change.name, change.name, change));
    }
  }
  const bool manifest_told = told_by_files(reasons);
  for (Reason& reason : later) {
    if (reason.subject == "crates' dependencies" && manifest_told) continue;
    reasons.push_back(std::move(reason));
  }
  std::size_t more = told.changes_left_off;
  if (reasons.size() > kReasonsMax) {
    more += reasons.size() - (kReasonsMax - 1);
    reasons.resize(kReasonsMax - 1);
  }
  if (more > 0) reasons.push_back({ReasonKind::Other, "", "", "", "and " + std::to_string(more) + " more"});
  return reasons;
}

}  // namespace farm::history
