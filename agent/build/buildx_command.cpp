#include "agent/build/buildx_command.hpp"

#include <algorithm>
#include <set>

namespace farm::build {
namespace {

using protocol::StageOverride;
using protocol::StartJob;

// Names in CSV values (--output, --secret) and in "NAME=VALUE" words.
bool is_plain(const std::string& text, const std::string& extra) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&extra](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || extra.find(c) != std::string::npos;
  });
}

Result<void> check(bool good, const std::string& what, const std::string& value) {
  if (good) return {};
  return Error{ErrorKind::InvalidInput,
               "can't build: " + what + " \"" + value.substr(0, 200) + "\" is not one that farm can hand to buildx"};
}

bool has_control(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c == '\0' || c == '\n' || c == '\r'; });
}

// Everything but args, whose values may hold anything but NUL.
Result<void> check_names(const StartJob& start, const std::string& registry) {
  const JobSpec& spec = start.spec;
  const std::string image_chars = "._-/:@[]";
  if (auto r = check(is_plain(registry, ".-:[]_"), "the registry", registry); !r) return r;
  if (auto r = check(is_plain(spec.repository, "._-/"), "the repository", spec.repository); !r) return r;
  if (auto r = check(spec.target.empty() || is_plain(spec.target, "._-"), "the target", spec.target); !r) return r;
  if (auto r = check(spec.platform.empty() || is_plain(spec.platform, "/._-"), "the platform", spec.platform); !r) return r;
  if (auto r = check(spec.network.empty() || is_plain(spec.network, "._-"), "the network", spec.network); !r) return r;
  if (auto r = check(spec.cache_name.empty() || is_plain(spec.cache_name, "._-"), "the cache's name", spec.cache_name); !r) return r;
  for (const auto* list : {&start.overrides, &start.pinned_bases}) {
    for (const StageOverride& item : *list) {
      if (auto r = check(item.stage.empty() || is_plain(item.stage, image_chars), "the stage", item.stage); !r) return r;
      if (auto r = check(is_plain(item.image, image_chars), "the image", item.image); !r) return r;
    }
  }
  for (const NamedContext& context : spec.contexts) {
    if (auto r = check(is_plain(context.name, image_chars), "the build context", context.name); !r) return r;
    if (!context.image) continue;
    if (auto r = check(is_plain(context.image->reference, image_chars), "the image", context.image->reference); !r) return r;
  }
  for (const std::string& secret : spec.secrets) {
    if (auto r = check(is_plain(secret, "._-"), "the secret's name", secret); !r) return r;
  }
  for (const std::string& host : spec.extra_hosts) {
    if (auto r = check(is_plain(host, "._-=:[]"), "the extra host", host); !r) return r;
  }
  for (const auto& [name, value] : spec.args) {
    const bool good = !name.empty() && name.find('=') == std::string::npos && !has_control(name) && value.find('\0') == std::string::npos;
    if (auto r = check(good, "the build argument", name); !r) return r;
  }
  for (const auto& [name, value] : spec.image_labels) {
    const bool good = !name.empty() && name.find('=') == std::string::npos && !has_control(name) && value.find('\0') == std::string::npos;
    if (auto r = check(good, "the label", name); !r) return r;
  }
  return {};
}

// "R/farm/deps@…" with R as this host reaches it.
std::string as_reached(const std::string& image, const StartJob& start, const std::string& registry) {
  const std::string named = start.registry + "/";
  return image.rfind(named, 0) == 0 ? registry + "/" + image.substr(named.size()) : image;
}

// name → image. What replaces a stage wins over what pins a base of the same name.
std::map<std::string, std::string> image_contexts(const StartJob& start, const std::string& registry) {
  std::map<std::string, std::string> images;
  for (const auto* list : {&start.overrides, &start.pinned_bases}) {
    for (const StageOverride& item : *list) {
      if (!item.stage.empty()) images.emplace(item.stage, as_reached(item.image, start, registry));
    }
  }
  for (const NamedContext& context : start.spec.contexts) {
    if (!context.image || images.contains(context.name)) continue;
    const auto pinned = std::find_if(start.pinned_bases.begin(), start.pinned_bases.end(),
                                     [&](const StageOverride& item) { return item.stage == context.image->context_name; });
    images.emplace(context.name,
                   pinned != start.pinned_bases.end() ? as_reached(pinned->image, start, registry) : context.image->reference);
  }
  return images;
}

std::string output_option(const StartJob& start, const std::string& registry) {
  std::string value = "type=image,name=" + registry + "/" + start.spec.repository + ",push=true,push-by-digest=true,oci-mediatypes=true";
  value += ",store=false";  // Docker's BuildKit would keep each for ever, as an image without a tag
  if (start.spec.kind == JobKind::Image) {
    // Images have the same digest wherever they are built; rewriting timestamps excludes unpacking (facts.md 2.5).
    value += ",rewrite-timestamp=true,unpack=false";
  } else {
    // Handed on between hosts and thrown away later: speed counts, and layers of the base stay as they are.
    value += ",compression=zstd,compression-level=1";
  }
  if (start.registry_insecure) value += ",registry.insecure=true";
  return value;
}

class Words {
 public:
  explicit Words(std::vector<std::string> words) : words_(std::move(words)) {}
  void flag(const std::string& name) { words_.push_back("--" + name); }
  void option(const std::string& name, const std::string& value) { words_.push_back("--" + name + "=" + value); }
  void option_unless_empty(const std::string& name, const std::string& value) {
    if (!value.empty()) option(name, value);
  }
  void word(std::string text) { words_.push_back(std::move(text)); }
  std::vector<std::string> take() { return std::move(words_); }

 private:
  std::vector<std::string> words_;
};

void add_args(Words& words, const JobSpec& spec) {
  std::map<std::string, std::string> args = spec.args;
  args.emplace("SOURCE_DATE_EPOCH", "0");  // the user's own wins
  for (const auto& [name, value] : args) words.option("build-arg", name + "=" + value);
  for (const auto& [name, value] : spec.image_labels) words.option("label", name + "=" + value);
}

Result<void> add_contexts(Words& words, const StartJob& start, const BuildPaths& paths, const std::string& registry) {
  std::map<std::string, std::string> contexts;
  for (const auto& [name, image] : image_contexts(start, registry)) contexts[name] = "docker-image://" + image;
  for (const NamedContext& context : start.spec.contexts) {
    if (context.image || contexts.contains(context.name)) continue;
    const auto at = paths.named.find(context.name);
    if (at == paths.named.end()) return Error{ErrorKind::Internal, "the build context \"" + context.name + "\" was not laid out"};
    contexts[context.name] = at->second;
  }
  for (const auto& [name, value] : contexts) words.option("build-context", name + "=" + value);
  return {};
}

Result<void> add_secrets(Words& words, std::vector<std::string>& env, const StartJob& start) {
  std::size_t number = 0;
  for (const std::string& id : start.spec.secrets) {
    const auto value = start.secrets.find(id);
    if (value == start.secrets.end()) {
      return Error{ErrorKind::NotFound,
                   "the build needs the secret \"" + id + "\", and its value did not come with the job: submit the build again"};
    }
    if (value->second.find('\0') != std::string::npos) {
      return Error{ErrorKind::InvalidInput, "the secret \"" + id + "\" holds a NUL byte, which can't be handed to buildx"};
    }
    const std::string variable = "FARM_SECRET_" + std::to_string(number++);
    words.option("secret", "id=" + id + ",env=" + variable);
    env.push_back(variable + "=" + value->second);
  }
  return {};
}

void add_cache(Words& words, const StartJob& start, const std::string& registry) {
  if (start.spec.cache_name.empty()) return;
  const std::string ref = registry + "/farm/cache:" + start.spec.cache_name;
  const std::string insecure = start.registry_insecure ? ",registry.insecure=true" : "";
  if (!start.no_cache) words.option("cache-from", "type=registry,ref=" + ref + insecure);
  // A full registry or a lost race for the ref must not fail a build that is done.
  words.option("cache-to", "type=registry,ref=" + ref + ",mode=max,oci-mediatypes=true,image-manifest=true,ignore-error=true" + insecure);
}

}  // namespace

std::string result_registry(const StartJob& start, const BuildxOptions& options) {
  return options.registry.empty() ? start.registry : options.registry;
}

std::vector<std::string> farm_images(const StartJob& start, const BuildxOptions& options) {
  std::vector<std::string> images;
  for (const auto& [name, image] : image_contexts(start, result_registry(start, options))) images.push_back(image);
  return images;
}

Result<BuildxCommand> make_buildx_command(const StartJob& start, const BuildPaths& paths, const BuildxOptions& options) {
  const JobSpec& spec = start.spec;
  const std::string registry = result_registry(start, options);
  if (Result<void> good = check_names(start, registry); !good) return good.error();

  BuildxCommand command;
  Words words(options.command);
  words.word("build");
  words.option("builder", options.builder);
  words.option("progress", "rawjson");
  words.option("metadata-file", paths.metadata);
  words.option("provenance", "false");
  words.option("sbom", "false");
  words.option_unless_empty("target", spec.target);
  words.option_unless_empty("platform", spec.platform);
  add_args(words, spec);
  if (Result<void> added = add_contexts(words, start, paths, registry); !added) return added.error();
  if (Result<void> added = add_secrets(words, command.env, start); !added) return added.error();
  words.option_unless_empty("network", spec.network);
  for (const std::string& host : spec.extra_hosts) words.option("add-host", host);
  if (spec.shm_size_bytes > 0) words.option("shm-size", std::to_string(spec.shm_size_bytes));
  add_cache(words, start, registry);
  words.option("output", output_option(start, registry));
  if (start.no_cache) words.flag("no-cache");
  if (start.pull) words.flag("pull");
  words.option("file", paths.dockerfile);
  words.word(paths.context);
  command.argv = words.take();
  return command;
}

}  // namespace farm::build
