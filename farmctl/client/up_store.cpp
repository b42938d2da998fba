#include "farmctl/client/up_store.hpp"

#include <filesystem>
#include <fstream>

#include "farmctl/client/find_farm.hpp"
#include "shared/hash/sha256.hpp"

namespace farm::ctl {
namespace {

namespace fs = std::filesystem;

constexpr int kStartedMax = 1'000;
constexpr std::size_t kNameDigits = 12;

Result<fs::path> up_root() {
  const Result<std::string> local = local_farm_directory();
  if (!local) return local.error();
  return fs::path(*local).parent_path() / "up";
}

Result<void> write(const fs::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) return Error{ErrorKind::InvalidInput, "writing " + path.string() + ": no room or no permission"};
  return {};
}

std::vector<StartedProject> all_started() {
  std::vector<StartedProject> all;
  const Result<fs::path> root = up_root();
  std::error_code ignored;
  if (!root) return all;
  int seen = 0;
  for (const auto& entry : fs::directory_iterator(*root, ignored)) {
    if (++seen > kStartedMax) break;
    const fs::path file = entry.path() / "state.json";
    const std::uintmax_t size = fs::file_size(file, ignored);
    if (ignored || size > kUpStateBytesMax) continue;
    std::ifstream in(file, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    Result<UpState> state = parse_up_state(file.string(), text);
    if (state) all.push_back({entry.path().string(), *std::move(state)});
  }
  return all;
}

}  // namespace

Result<std::string> make_up_folder(const std::string& project, const std::string& project_folder) {
  const Result<fs::path> root = up_root();
  if (!root) return root.error();
  const fs::path folder = *root / (project + "-" + sha256(project_folder).hex().substr(0, kNameDigits));
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return Error{ErrorKind::InvalidInput, "making " + folder.string() + ": " + error.message()};
  return folder.string();
}

Result<void> write_up(const std::string& up_folder, const UpState& state) {
  if (Result<void> written = write(pinned_file(up_folder), pinned_override(state.images)); !written) return written;
  return write(fs::path(up_folder) / "state.json", render_up_state(state));
}

std::vector<StartedProject> started_from(const std::string& folder, const std::string& project_name) {
  const std::vector<StartedProject> all = all_started();
  std::vector<StartedProject> found;
  for (fs::path up = folder;; up = up.parent_path()) {
    for (const StartedProject& each : all) {
      const bool named = project_name.empty() || each.state.project == project_name;
      if (named && (fs::path(each.state.folder) == up || !project_name.empty())) found.push_back(each);
    }
    if (!found.empty() || up == up.root_path()) return found;
  }
}

void forget_up(const std::string& up_folder) {
  std::error_code ignored;
  fs::remove_all(up_folder, ignored);
}

}  // namespace farm::ctl
