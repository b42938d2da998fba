#include "farmctl/scaffold/groups.hpp"

#include <algorithm>
#include <map>

#include "farmctl/scaffold/dockerfile_text.hpp"

namespace farm::scaffold {
namespace {

constexpr const char* kDockerfileName = "Dockerfile.rust-optimized";

// What decides how external crates are compiled: the same for all services of a Dockerfile.
struct Flags {
  std::string text;    // "--release --features x"
  std::string folder;  // "target/release"
  friend bool operator==(const Flags&, const Flags&) = default;
};

Flags flags_of(const RustService& service, const Workspace& workspace) {
  CargoFlags own;
  if (service.own.stages) own = service.own.stages->rust.build->flags;
  Flags flags;
  const bool release = own.profile == "dev" || own.profile == "release";
  flags.text = release ? "--release" : "--profile " + own.profile;
  std::string target = own.targets.size() == 1 ? own.targets.front() : "";
  for (const std::string& each : own.targets) flags.text += " --target " + each;
  if (own.all_features) flags.text += " --all-features";
  if (own.no_default_features) flags.text += " --no-default-features";
  std::string features;
  for (const std::string& feature : own.features) features += (features.empty() ? "" : ",") + feature;
  if (!features.empty()) flags.text += " --features " + features;
  const auto configured = workspace.config.find("build.target");
  if (target.empty() && configured != workspace.config.end() && configured->second.size() > 2 && configured->second.front() == '"')
    target = configured->second.substr(1, configured->second.size() - 2);
  flags.folder = "target/" + (target.empty() ? "" : target + "/") + (release ? "release" : own.profile);
  return flags;
}

void add_new(std::vector<std::string>& list, const std::vector<std::string>& more) {
  for (const std::string& each : more) {
    if (std::find(list.begin(), list.end(), each) == list.end()) list.push_back(each);
  }
}

class GroupMaker {
 public:
  GroupMaker(const std::vector<const RustService*>& services, const Workspace& workspace, std::vector<Diagnostic>& diagnostics)
      : services_(services), workspace_(workspace), diagnostics_(diagnostics) {}

  Group run() {
    const RustService& first = *services_.front();
    group_.context = first.context;
    group_.root = first.root;
    group_.dockerfile = first.root.empty() ? kDockerfileName : first.root + "/" + kDockerfileName;
    parts_.root = seen_from(group_.context, group_.root);
    for (const std::string& folder : first.beside) parts_.beside.push_back(seen_from(group_.context, folder));
    flags_ = flags_of(first, workspace_);
    parts_.flags = flags_.text;
    for (const RustService* service : services_) {
      if (flags_of(*service, workspace_) == flags_) {
        group_.services.push_back({service, ""});
        continue;
      }
      warn(*service, "is compiled with " + flags_of(*service, workspace_).text + ", but " + services_.front()->service->name + " with " +
                         flags_.text + ", so they can't share compiled dependencies; it keeps its Dockerfile");
    }
    choose_argument();
    choose_image();
    add_stages();
    group_.text = dockerfile_text(parts_);
    return std::move(group_);
  }

 private:
  void warn(const RustService& service, const std::string& what) {
    diagnostics_.push_back({Severity::Warning, service.service->build->place, "service \"" + service.service->name + "\" " + what});
  }

  // SERVICE, unless a Dockerfile means something else by it.
  void choose_argument() {
    group_.argument = "SERVICE";
    for (const GroupService& each : group_.services) {
      const auto& args = each.rust->service->build->args;
      const auto own = args.find("SERVICE");
      if (own != args.end() && own->second != each.rust->bin) group_.argument = "BINARY";
    }
    parts_.argument = group_.argument;
  }

  void choose_image() {
    std::string own_image;
    bool kept = false;
    for (const GroupService& each : group_.services) {
      if (!each.rust->own.stages) continue;
      const Setup setup = setup_of(*each.rust->own.stages);
      if (!kept) own_image = setup.image;
      if (kept && setup.image != own_image)
        warn(*each.rust, "was compiled in " + setup.image + "; it is compiled in " + own_image + " now, as the others");
      kept = true;
      add_new(parts_.before, setup.before);
      add_new(parts_.late, setup.late);
    }
    const CompileImage image = compile_image(workspace_, own_image);
    parts_.image = image.image;
    parts_.has_cargo_chef = image.has_cargo_chef;
    if (image.install_toolchain && is_below(workspace_.toolchain_file, group_.context))
      parts_.toolchain_file = seen_from(group_.context, workspace_.toolchain_file);
    if (!kept) {
      std::string install = apt_get(system_packages(workspace_).build);
      if (!install.empty()) install.pop_back();  // its line end
      if (!install.empty()) parts_.before.push_back(install);
    }
    if (workspace_.config.contains("build.target-dir"))
      parts_.before.push_back("ENV CARGO_TARGET_DIR=" + workdir_of(parts_.root, parts_.beside) + "/target");
  }

  [[nodiscard]] ShippingStage stage_of(const RustService& service) {
    const std::string workdir = workdir_of(parts_.root, parts_.beside);
    ShippingStage plain = plain_stage(workspace_, group_.argument, workdir + "/" + flags_.folder);
    if (!service.own.stages) {
      if (service.own.kind == OwnDockerfile::Kind::Rust)
        warn(service,
             "has a Dockerfile that farm doesn't understand (" + service.own.path + "); see that the stage `runtime` does the same");
      return plain;
    }
    ShipRequest request{service.bin, group_.argument, workdir, flags_.folder, true, service.context == service.service->build->context};
    const std::vector<std::string> compiled = compiled_folders(*service.own.stages, service.service->build->context);
    request.same_root = std::find(compiled.begin(), compiled.end(), service.root) != compiled.end();
    Result<Shipped> shipped = shipping_stage(*service.own.stages, request);
    if (!shipped) {
      warn(service, "gets a plain stage to ship: " + shipped.error().message + "; move by hand what it needs of its own");
      return plain;
    }
    return {"", shipped->image, shipped->instructions};
  }

  void add_stages() {
    std::vector<std::size_t> chosen;
    std::vector<std::string> bins;  // of the stages
    for (const GroupService& each : group_.services) {
      const ShippingStage stage = stage_of(*each.rust);
      const auto same = std::find_if(parts_.ships.begin(), parts_.ships.end(), [&](const ShippingStage& other) {
        return other.image == stage.image && other.instructions == stage.instructions;
      });
      chosen.push_back(static_cast<std::size_t>(same - parts_.ships.begin()));
      if (same != parts_.ships.end()) continue;
      parts_.ships.push_back(stage);
      const bool taken = std::find(bins.begin(), bins.end(), each.rust->bin) != bins.end();
      bins.push_back(taken ? each.rust->service->name : each.rust->bin);
    }
    for (std::size_t i = 0; i < parts_.ships.size(); ++i) {
      std::string name = parts_.ships.size() == 1 ? "runtime" : "runtime-" + bins[i];
      std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
      parts_.ships[i].name = name;
    }
    for (std::size_t i = 0; i < group_.services.size(); ++i) group_.services[i].target = parts_.ships[chosen[i]].name;
    group_.last_target = parts_.ships.back().name;
  }

  const std::vector<const RustService*>& services_;
  const Workspace& workspace_;
  std::vector<Diagnostic>& diagnostics_;
  Group group_;
  DockerfileParts parts_;
  Flags flags_;
};

}  // namespace

std::string seen_from(const std::string& folder, const std::string& path) {
  if (folder.empty()) return path;
  return path == folder ? "" : path.substr(folder.size() + 1);
}

std::vector<Group> make_groups(const Found& found, Workspaces& workspaces, std::vector<Diagnostic>& diagnostics) {
  std::map<std::string, std::vector<const RustService*>> by_root;
  for (const RustService& service : found.services) by_root[service.root].push_back(&service);
  std::vector<Group> groups;
  for (const auto& [root, services] : by_root) groups.push_back(GroupMaker(services, *workspaces.at(root), diagnostics).run());
  return groups;
}

}  // namespace farm::scaffold
