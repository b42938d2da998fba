// farmctl init: reads the project, lets the scaffold decide, shows what differs and writes what may be written.
#include "farmctl/commands/init.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "farmctl/client/read_compose_project.hpp"
#include "farmctl/render/diff.hpp"
#include "farmctl/scaffold/report.hpp"

namespace farm::ctl {
namespace {

namespace fs = std::filesystem;
using scaffold::FileState;

constexpr std::size_t kFileBytesMax = 1U << 20U;

// The override that is among the files, else the one that would be found beside the first file.
fs::path override_of(const ProjectFiles& files) {
  for (const fs::path& file : files.files) {
    if (is_override(file)) return file;
  }
  const fs::path& first = files.files.front();
  const bool is_new_name = first.filename().string().starts_with("compose.");
  return files.folder / (is_new_name ? "compose.override" + first.extension().string() : "docker-compose.override.yml");
}

Result<void> write_file(const fs::path& path, const std::string& text) {
  const fs::path fresh = path.string() + ".farm-new";
  std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  std::error_code error;
  if (out) fs::rename(fresh, path, error);
  if (!out || error) {
    std::error_code ignored;
    fs::remove(fresh, ignored);
    return Error{ErrorKind::InvalidInput, "writing " + path.string() + ": " + (error ? error.message() : "no room or no permission")};
  }
  return {};
}

// A path in the tree, as seen from where the user stands.
std::string from_here(const ReadCompose& read, const std::string& path) {
  std::error_code ignored;
  return (read.files.root / path).lexically_normal().lexically_proximate(fs::current_path(ignored)).string();
}

Result<scaffold::FileReport> handle_file(const ReadCompose& read, const scaffold::ScaffoldFile& file, const InitCommand& command) {
  const fs::path path = read.files.root / file.path;
  std::error_code error;
  scaffold::FileReport report;
  report.path = from_here(read, file.path);
  const Result<std::string> existing = read.tree->read(file.path, kFileBytesMax);
  const bool is_there = fs::exists(fs::symlink_status(path, error));
  if (!existing && is_there) return Error{ErrorKind::InvalidInput, "reading " + path.string() + ": " + existing.error().message};
  report.diff = unified_diff(report.path, existing.value_or(""), report.path, file.text);
  if (is_there && report.diff.empty()) {
    report.state = FileState::Unchanged;
  } else if (command.dry_run) {
    report.state = is_there ? FileState::Differs : FileState::Missing;
  } else if (is_there && !command.force) {
    report.state = FileState::Kept;
  } else {
    if (Result<void> written = write_file(path, file.text); !written) return written.error();
    report.state = FileState::Written;
  }
  return report;
}

}  // namespace

ExitCode run_init(const InitCommand& command) {
  Result<ReadCompose> whole = read_compose_project(command.project);
  if (!whole) return report(whole.error(), command.output);
  const fs::path override_file = override_of(whole->files);
  ProjectFiles base_files = whole->files;
  std::erase(base_files.files, override_file);
  if (base_files.files.empty()) {
    return report({ErrorKind::InvalidInput, override_file.string() + " is the only compose file; name also the one that it overrides"},
                  command.output);
  }
  Result<ReadCompose> base = read_compose_project(command.project, base_files);
  if (!base) return report(base.error(), command.output);
  if (base->files.root != whole->files.root)  // what an override names outside: paths of both are to start from one root
    base = read_compose_project(command.project, [&] {
      base_files.root = whole->files.root;
      return base_files;
    }());
  if (!base) return report(base.error(), command.output);

  Parsed<scaffold::Scaffold> made =
      scaffold::make_scaffold(*base->tree, {base->compose, whole->compose, relative_to(base->files.root, override_file)});
  if (!made.ok()) return report(joined(made.diagnostics), command.output);
  scaffold::InitReport done{std::move(made.value), {}, std::move(made.diagnostics)};
  for (const Diagnostic& each : done.diagnostics) std::fprintf(stderr, "%s\n", to_string(each).c_str());
  for (const scaffold::ScaffoldFile& file : done.scaffold.files) {
    Result<scaffold::FileReport> handled = handle_file(*base, file, command);
    if (!handled) return report(handled.error(), command.output);
    done.files.push_back(*std::move(handled));
  }
  for (scaffold::ScaffoldService& each : done.scaffold.services) {
    for (std::string* path : {&each.context, &each.root, &each.dockerfile}) *path = from_here(*base, *path);
  }
  std::fputs((command.output == Output::Json ? scaffold::init_json(done) : scaffold::init_text(done)).c_str(), stdout);
  if (!command.project.files.empty() && !is_override(whole->files.files.back())) {
    std::fprintf(stderr, "with --file, name the override too: -f %s\n", override_file.filename().c_str());
  }
  return scaffold::is_done(done) ? ExitCode::Ok : ExitCode::BuildFailed;
}

}  // namespace farm::ctl
