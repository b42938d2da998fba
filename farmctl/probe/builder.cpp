#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "farmctl/local/builder.hpp"
#include "farmctl/local/layout.hpp"
#include "farmctl/probe/probe.hpp"
#include "shared/oci/registry_client.hpp"

namespace farm::ctl::probe {
namespace {

using doctor::Trial;
namespace fs = std::filesystem;

constexpr int kSeconds = 60;

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

// What stands behind a label of `buildx inspect`.
std::string told(const std::string& inspect, std::string_view label) {
  const std::size_t at = inspect.find(label);
  if (at == std::string::npos) return "";
  const std::size_t begin = inspect.find_first_not_of(' ', at + label.size());
  if (begin == std::string::npos) return "";
  return inspect.substr(begin, inspect.find_first_of(" \r\n", begin) - begin);
}

class Buildx {
 public:
  Buildx(std::vector<std::string> program, std::vector<std::string> environment, std::string builder)
      : program_(std::move(program)), environment_(std::move(environment)), builder_(std::move(builder)) {
    environment_.insert(environment_.end(), {"BUILDX_NO_DEFAULT_ATTESTATIONS=1", "NO_COLOR=1"});
  }

  [[nodiscard]] Ran operator()(std::vector<std::string> words) const {
    words.insert(words.begin(), program_.begin(), program_.end());
    return run(words, environment_, kSeconds);
  }
  // Empty builder: the one that is in use.
  [[nodiscard]] Ran build(std::vector<std::string> words) const {
    std::vector<std::string> all = {"build", "--progress", "plain"};
    if (!builder_.empty()) all.insert(all.end(), {"--builder", builder_});
    all.insert(all.end(), words.begin(), words.end());
    return (*this)(std::move(all));
  }

 private:
  std::vector<std::string> program_;
  std::vector<std::string> environment_;
  std::string builder_;
};

void forget(const std::string& registry, bool insecure, const std::string& tag) {
  oci::RegistryOptions options;
  if (insecure) options.hosts.insecure.insert(registry);
  options.attempts_max = 1;
  oci::RegistryClient client(registry, options);
  const auto head = client.head_manifest("farm/doctor", tag);
  if (head && *head) (void)client.delete_manifest("farm/doctor", (*head)->digest);  // one that refuses deletes is a check of its own
}

// A context of one file that nobody built before.
void write_context(const fs::path& scratch) {
  fs::create_directory(scratch / "context");
  std::ofstream(scratch / "context/Dockerfile") << "FROM scratch\nCOPY file /file\n";
  std::ofstream(scratch / "context/file") << scratch.filename().string() << "\n";
}

void try_both(const Buildx& buildx, const fs::path& scratch, const std::string& registry, bool insecure, doctor::BuilderFacts& facts) {
  write_context(scratch);
  std::string tag = scratch.filename().string();
  std::transform(tag.begin(), tag.end(), tag.begin(), [](unsigned char c) { return static_cast<char>(std::isalnum(c) != 0 ? c : '-'); });
  const std::string image = registry + "/farm/doctor:" + tag;
  const std::string plain = insecure ? ",registry.insecure=true" : "";
  const std::string cache = "type=registry,ref=" + image + "-cache" + plain;
  const std::string context = (scratch / "context").string();
  // One after the other: a registry may refuse a layer that image and cache push at the same time.
  const Ran first = buildx.build({"--output", "type=image,push=true,name=" + image + plain, context});
  facts.build = first.status == 0 ? Trial::success("built and pushed " + image) : Trial::failure(tail(first.text));
  facts.cache = Trial::none("nothing could be built");
  if (first.status != 0) return;
  const Ran exported = buildx.build({"--output", "type=cacheonly", "--cache-to", cache + ",mode=max", context});
  const Ran second = exported.status == 0 ? buildx.build({"--output", "type=cacheonly", "--cache-from", cache, context}) : exported;
  // A cache that can't be imported is a line of the log only, and the build goes on cold.
  const bool imported =
      second.text.find("importing cache manifest from") != std::string::npos && second.text.find("ERROR") == std::string::npos;
  facts.cache = second.status == 0 && imported ? Trial::success("exported and imported again") : Trial::failure(tail(second.text));
  forget(registry, insecure, tag);
  forget(registry, insecure, tag + "-cache");
}

doctor::BuilderFacts none(const std::string& why) {
  doctor::BuilderFacts facts;
  facts.build = facts.cache = Trial::none(why);
  return facts;
}

}  // namespace

doctor::BuilderFacts try_builder(const std::string& registry) {
  const Result<LocalLayout> layout = open_layout();
  if (!layout) return none(layout.error().message);
  const Result<Programs> programs = find_programs(layout->buildkit == kOwnBuildkit);
  if (!programs) return none(programs.error().message);
  const Scratch scratch;
  if (scratch.path.empty()) return none("no temporary folder could be made");
  const std::string builder = "doctor";
  const Buildx buildx({programs->buildx}, {"BUILDX_CONFIG=" + (scratch.path / "buildx").string()}, builder);
  const Ran made = buildx({"create", "--name", builder, "--driver", "remote", layout->buildkit_address()});
  const Ran inspected = made.status == 0 ? buildx({"inspect", builder}) : made;
  doctor::BuilderFacts facts;
  facts.version = told(inspected.text, "BuildKit version:");
  try_both(buildx, scratch.path, registry, false, facts);  // as its configuration says
  return facts;
}

doctor::BuilderFacts try_own_builder(const std::string& registry, bool insecure) {
  const std::string docker = find_in_path("docker");
  const std::string buildx = find_in_path("buildx");
  std::string why = "there is no `docker buildx` and no `buildx` on this machine";
  for (const std::vector<std::string>& program : {std::vector<std::string>{docker, "buildx"}, std::vector<std::string>{buildx}}) {
    if (program.front().empty()) continue;
    const Buildx own(program, {}, "");
    const Ran inspected = own({"inspect"});
    doctor::BuilderFacts facts;
    facts.version = told(inspected.text, "BuildKit version:");
    facts.own = told(inspected.text, "Name:");
    if (facts.version.empty() || inspected.status != 0) {
      why =
          "there is no builder that runs on this machine (`" + std::string(program.size() == 2 ? "docker buildx" : "buildx") + " inspect`)";
      continue;
    }
    const std::string driver = told(inspected.text, "Driver:");
    if (driver == "docker") {
      why = "this machine's builder '" + facts.own + "' is the Docker engine's own, which takes no cache to a registry";
      continue;
    }
    const Scratch scratch;
    if (scratch.path.empty()) return none("no temporary folder could be made");
    try_both(own, scratch.path, registry, insecure, facts);
    return facts;
  }
  return none("the farm is on other machines, and " + why);
}

}  // namespace farm::ctl::probe
