#include "farmctl/scaffold/scaffold.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "farmctl/scaffold/groups.hpp"
#include "farmctl/scaffold/ignore_file.hpp"
#include "farmctl/scaffold/override_file.hpp"

namespace farm::scaffold {
namespace {

constexpr std::size_t kFileBytesMax = 1U << 20U;
constexpr std::size_t kSourcesMax = 5'000;  // files that are searched for include_str!

std::string in(const std::string& folder, const std::string& name) { return folder.empty() ? name : folder + "/" + name; }

// "../x" from one folder of the tree to another; "." for itself.
std::string way(const std::string& from, const std::string& to) {
  if (is_below(to, from)) {
    const std::string rest = seen_from(from, to);
    return rest.empty() ? "." : "./" + rest;
  }
  const std::string up = way(parent_path(from), to);
  return up == "." ? ".." : up.starts_with("./") ? "../" + up.substr(2) : "../" + up;
}

// Documents that sources include as text: a pattern for documents must not keep them out of the context.
class IncludedDocuments {
 public:
  explicit IncludedDocuments(const FileTree& tree) : tree_(tree) {}

  void look_in(const std::string& folder) {
    const Result<std::vector<TreeEntry>> entries = tree_.list(folder);
    if (!entries) return;
    for (const TreeEntry& entry : *entries) {
      if (entry.name.starts_with('.') || entry.name == "target" || ++seen_ > kSourcesMax) continue;
      const std::string path = in(folder, entry.name);
      if (entry.type == FileType::Directory) look_in(path);
      if (entry.type == FileType::Regular && entry.name.ends_with(".rs")) read(path);
    }
  }
  [[nodiscard]] const std::set<std::string>& paths() const { return paths_; }

 private:
  void read(const std::string& path) {
    const Result<std::string> text = tree_.read(path, kFileBytesMax);
    if (!text) return;
    for (const std::string_view macro : {"include_str!(\"", "include_bytes!(\""}) {
      for (std::size_t at = text->find(macro); at != std::string::npos; at = text->find(macro, at + 1)) {
        const std::size_t begin = at + macro.size();
        const std::string named = text->substr(begin, std::min(text->find('"', begin), text->size()) - begin);
        const Result<std::string> file = normalise_path(parent_path(path), named);
        if (file && tree_.is_file(*file) && (named.ends_with(".md") || file->find("docs/") != std::string::npos)) paths_.insert(*file);
      }
    }
  }
  const FileTree& tree_;
  std::size_t seen_ = 0;
  std::set<std::string> paths_;
};

class Maker {
 public:
  Maker(const FileTree& tree, const ScaffoldRequest& request, Parsed<Scaffold>& out)
      : tree_(tree), request_(request), out_(out), workspaces_(tree) {}

  void run() {
    const Found found = find_rust_services(tree_, request_.base, workspaces_);
    out_.diagnostics = found.diagnostics;
    if (found.services.empty()) {
      out_.diagnostics.push_back(
          {Severity::Error,
           {request_.base.files.empty() ? "" : request_.base.files.front(), 0, 0},
           "no service here is built from a Cargo package: none has a Cargo.toml in its context and a binary that can "
           "be told to be its own"});
      return;
    }
    for (const Service* other : found.others) out_.value.others.push_back(other->name);
    const std::vector<Group> groups = make_groups(found, workspaces_, out_.diagnostics);
    for (const Group& group : groups) add_group(group);
    add_ignore_files(groups, found);
    add_override();
    std::sort(out_.value.services.begin(), out_.value.services.end(), [](const auto& a, const auto& b) { return a.service < b.service; });
    std::sort(out_.value.files.begin(), out_.value.files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  }

 private:
  [[nodiscard]] std::string text_of(const std::string& path) const { return tree_.read(path, kFileBytesMax).value_or(""); }

  void add_group(const Group& group) {
    out_.value.files.push_back({group.dockerfile, group.text});
    for (const GroupService& each : group.services) {
      const Service& service = *each.rust->service;
      out_.value.services.push_back({service.name, group.context, group.root, group.dockerfile, each.target, each.rust->bin});
      BuildEntry entry{service.name, "", seen_from(group.context, group.dockerfile), each.target, group.argument, each.rust->bin};
      if (service.build->context != group.context) {
        entry.context = way(request_.base.directory, group.context);
        out_.diagnostics.push_back(
            {Severity::Note, service.build->place,
             "service \"" + service.name + "\": its context becomes " + entry.context + ", because cargo needs what is there"});
      }
      const auto says_so = [&](const ComposeProject& project) {
        const Service* found = project.find(service.name);
        if (found == nullptr || !found->build) return false;
        const BuildSpec& build = *found->build;
        const auto argument = build.args.find(group.argument);
        const bool same_target = build.target == each.target || (build.target.empty() && each.target == group.last_target);
        return build.context == group.context && build.dockerfile == group.dockerfile && same_target && argument != build.args.end() &&
               argument->second == each.rust->bin;
      };
      if (says_so(request_.base)) continue;
      entries_.push_back(entry);
      if (!says_so(request_.whole)) unsaid_.push_back(entry);
    }
  }

  void add_ignore_files(const std::vector<Group>& groups, const Found& found) {
    std::map<std::string, IncludedDocuments> contexts;
    for (const Group& group : groups) {
      IncludedDocuments& documents = contexts.emplace(group.context, IncludedDocuments(tree_)).first->second;
      for (const Crate& crate : workspaces_.at(group.root)->crates) documents.look_in(in(crate.directory, "src"));
    }
    for (const auto& [context, documents] : contexts) {
      IgnoreRequest request;
      request.existing = text_of(in(context, ".dockerignore"));
      request.shared = std::any_of(found.others.begin(), found.others.end(), [&folder = context](const Service* other) {
        return !other->build->remote && other->build->context == folder;
      });
      for (const std::string& path : documents.paths()) {
        if (!request.shared && is_below(path, context)) request.needed.push_back(seen_from(context, path));
      }
      out_.value.files.push_back({in(context, ".dockerignore"), ignore_text(request)});
    }
  }

  void add_override() {
    const std::string existing = text_of(request_.override_file);
    if (existing.empty() && entries_.empty()) return;
    if (existing.empty() || (is_written_by_init(existing) && !entries_.empty())) {
      out_.value.files.push_back({request_.override_file, override_text(entries_)});
      return;
    }
    Parsed<std::string> merged{existing, {}};
    if (!unsaid_.empty()) merged = merged_override(request_.override_file, existing, unsaid_);
    out_.diagnostics.insert(out_.diagnostics.end(), merged.diagnostics.begin(), merged.diagnostics.end());
    out_.value.files.push_back({request_.override_file, merged.value});
  }

  const FileTree& tree_;
  const ScaffoldRequest& request_;
  Parsed<Scaffold>& out_;
  Workspaces workspaces_;
  std::vector<BuildEntry> entries_;  // what compose has to be told beside the base files
  std::vector<BuildEntry> unsaid_;   // what the user's own override doesn't say either
};

}  // namespace

Parsed<Scaffold> make_scaffold(const FileTree& tree, const ScaffoldRequest& request) {
  Parsed<Scaffold> parsed;
  Maker(tree, request, parsed).run();
  return parsed;
}

}  // namespace farm::scaffold
