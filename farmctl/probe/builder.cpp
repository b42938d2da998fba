#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "farmctl/local/layout.hpp"
#include "farmctl/probe/probe.hpp"
#include "shared/oci/registry_client.hpp"

namespace farm::ctl::probe {
namespace {

using doctor::Trial;
namespace fs = std::filesystem;

constexpr int kSeconds = 60;
constexpr const char* kBuilder = "doctor";

// A folder that goes away.
struct Scratch {
  fs::path path;
  Scratch() {
    std::string name = (fs::temp_directory_path() / "farmctl-doctor-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    if (!path.empty()) fs::remove_all(path, ignored);
  }
};

// The last lines that say something.
std::string tail(const std::string& text) {
  std::string part = text.size() > 600 ? text.substr(text.size() - 600) : text;
  if (part.size() < text.size()) part.erase(0, part.find('\n') + 1);
  while (!part.empty() && part.back() == '\n') part.pop_back();
  return part;
}

std::string version_in(const std::string& inspect) {
  constexpr std::string_view kMark = "BuildKit version:";
  const std::size_t at = inspect.find(kMark);
  if (at == std::string::npos) return "";
  const std::size_t begin = inspect.find_first_not_of(' ', at + kMark.size());
  if (begin == std::string::npos) return "";
  return inspect.substr(begin, inspect.find_first_of(" \r\n", begin) - begin);
}

class Buildx {
 public:
  Buildx(std::string program, const fs::path& scratch)
      : program_(std::move(program)),
        environment_{"BUILDX_CONFIG=" + (scratch / "buildx").string(), "BUILDX_NO_DEFAULT_ATTESTATIONS=1", "NO_COLOR=1"} {}

  [[nodiscard]] Ran operator()(std::vector<std::string> words) const {
    words.insert(words.begin(), program_);
    return run(words, environment_, kSeconds);
  }

 private:
  std::string program_;
  std::vector<std::string> environment_;
};

void forget(const std::string& registry, const std::string& tag) {
  oci::RegistryOptions options;
  options.attempts_max = 1;
  oci::RegistryClient client(registry, options);
  const auto head = client.head_manifest("farm/doctor", tag);
  if (head && *head) (void)client.delete_manifest("farm/doctor", (*head)->digest);  // one that refuses deletes is a check of its own
}

}  // namespace

doctor::BuilderFacts try_builder(const std::string& registry) {
  doctor::BuilderFacts facts;
  const auto no = [&facts](const std::string& why) {
    facts.build = facts.cache = Trial::none(why);
    return facts;
  };
  const Result<LocalLayout> layout = open_layout();
  if (!layout) return no(layout.error().message);
  const Result<Programs> programs = find_programs();
  if (!programs) return no(programs.error().message);
  const Scratch scratch;
  if (scratch.path.empty()) return no("no temporary folder could be made");
  const std::string name = scratch.path.filename().string();
  fs::create_directory(scratch.path / "context");
  std::ofstream(scratch.path / "context/Dockerfile") << "FROM scratch\nCOPY file /file\n";
  std::ofstream(scratch.path / "context/file") << name << "\n";

  const Buildx buildx(programs->buildx, scratch.path);
  Ran made = buildx({"create", "--name", kBuilder, "--driver", "remote", "unix://" + layout->buildkit_socket()});
  const Ran inspected = made.status == 0 ? buildx({"inspect", kBuilder}) : made;
  facts.version = version_in(inspected.text);
  std::string tag = name;
  std::transform(tag.begin(), tag.end(), tag.begin(), [](unsigned char c) { return static_cast<char>(std::isalnum(c) != 0 ? c : '-'); });
  const std::string image = registry + "/farm/doctor:" + tag;
  const std::string cache = "type=registry,ref=" + image + "-cache";
  const std::string context = (scratch.path / "context").string();
  const Ran first = buildx({"build", "--builder", kBuilder, "--progress", "plain", "--output", "type=image,push=true,name=" + image,
                            "--cache-to", cache + ",mode=max", context});
  facts.build = first.status == 0 ? Trial::success("built and pushed " + image) : Trial::failure(tail(first.text));
  facts.cache = Trial::none("nothing could be built");
  if (first.status != 0) return facts;
  const Ran second =
      buildx({"build", "--builder", kBuilder, "--progress", "plain", "--output", "type=cacheonly", "--cache-from", cache, context});
  // A cache that can't be imported is a line of the log only, and the build goes on cold.
  const bool imported =
      second.text.find("importing cache manifest from") != std::string::npos && second.text.find("ERROR") == std::string::npos;
  facts.cache = second.status == 0 && imported ? Trial::success("exported and imported again") : Trial::failure(tail(second.text));
  forget(registry, tag);
  forget(registry, tag + "-cache");
  return facts;
}

}  // namespace farm::ctl::probe
