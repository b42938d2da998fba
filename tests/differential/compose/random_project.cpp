#include "tests/differential/compose/random_project.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/random.hpp"

namespace farm::testing {
namespace {

constexpr std::array<const char*, 4> kVariables{"A", "B", "EMPTY", "NO"};

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : rng_(seed) {}

  ComposeCase project() {
    ComposeCase result;
    result.environment = {{"A", "aa"}, {"B", "b1"}, {"EMPTY", ""}};
    const std::uint64_t files = 1 + rng_.below(3);
    for (std::uint64_t file = 0; file < files; ++file) {
      const std::string name = "f" + std::to_string(file) + ".yaml";
      result.args.insert(result.args.end(), {"-f", name});
      result.files[name] = compose_file(file);
    }
    if (rng_.chance(500)) result.args.insert(result.args.end(), {"--profile", "p"});
    result.files["lib/base.yaml"] = library();
    result.files["inc/inc.yaml"] = "services:\n  i0: " + service(9, false) + "\n  i1: " + service(9, false) + "\n";
    result.files[".env"] = "C=" + value(2) + "\nD=\"" + value(0) + "\"\n";
    return result;
  }

 private:
  bool often() { return rng_.chance(500); }
  bool rarely() { return rng_.chance(120); }
  template <std::size_t N>
  std::string one_of(const std::array<const char*, N>& words) {
    return words[rng_.below(N)];
  }

  std::string variable(int depth) {
    const std::string name = one_of(kVariables);
    const std::string word = depth > 0 ? value(depth - 1) : one_of(std::array<const char*, 3>{"w", "x-y", "1"});
    switch (rng_.below(6)) {
      case 0: return "$" + name;
      case 1: return "${" + name + "}";
      case 2: return "${" + name + ":-" + word + "}";
      case 3: return "${" + name + "-" + word + "}";
      case 4: return "${" + name + ":+" + word + "}";
      default: return "${" + name + "+" + word + "}";
    }
  }

  // Text that stands in double quotes, with variables.
  std::string value(int depth) {
    std::string text;
    for (std::uint64_t part = 0; part <= rng_.below(3); ++part) {
      text += rng_.chance(350) ? variable(depth) : one_of(std::array<const char*, 7>{"v", "1.80", "a b", "x=y", "$$", "$", "z:1"});
      if (text.ends_with('$') && !text.ends_with("$$")) text += ".";
    }
    return text;
  }
  std::string quoted() { return "\"" + value(2) + "\""; }

  std::string arg_name() { return one_of(std::array<const char*, 6>{"A", "B", "X", "Y", "NO", "EMPTY"}); }

  // Values as YAML sees them without quotes.
  std::string scalar() {
    return rng_.chance(400)
               ? quoted()
               : one_of(std::array<const char*, 12>{"1.50", "007", "true", "yes", "0x1F", "1e3", "text", "", "~", "-3", ".5", "1_000"});
  }

  // compose ignores tags below an !override; farm carries them out. Nobody writes that, so it is not tried.
  std::string override_build(std::uint64_t file) {
    tags_allowed_ = false;
    std::string text = "!override " + build(file);
    tags_allowed_ = true;
    return text;
  }

  std::string tag(const std::string& text) {
    if (!tags_allowed_) return text;
    if (rng_.chance(40)) return "!override " + text;
    return rng_.chance(30) ? "!reset " + text : text;
  }

  std::string args() {
    std::string text;
    const bool list = often();
    std::string seen;
    for (std::uint64_t index = 0; index < 1 + rng_.below(4); ++index) {
      const std::string name = arg_name();
      if (!list && seen.find(name + ",") != std::string::npos) continue;
      seen += name + ",";
      if (!text.empty()) text += ", ";
      text += list ? (rng_.chance(300) ? name : "\"" + name + "=" + value(1) + "\"") : name + ": " + scalar();
    }
    return list ? "[" + text + "]" : "{" + text + "}";
  }

  std::string words(const std::vector<std::string>& from) {
    std::string text;
    for (std::uint64_t index = 0; index < 1 + rng_.below(3); ++index) text += (index == 0 ? "" : ", ") + from[rng_.below(from.size())];
    return "[" + text + "]";
  }

  // A service may use s0 as a context, but not s0 itself, nor what it extends.
  std::string contexts(bool service_allowed) {
    const std::string last = service_allowed ? "s=service:s0" : "s=./s0";
    if (often())
      return "[" + one_of(std::array<const char*, 4>{"x=./x", "y=docker-image://y:1", "z=z/../w", "\"v=./${A}\""}) + ", " + last + "]";
    if (service_allowed && often()) return "{s: service:s0}";
    return one_of(std::array<const char*, 2>{"{x: ./y, n: .}", "{y: \"docker-image://${B}\", x: x/..}"});
  }

  std::string build(std::uint64_t file) {
    if (rarely()) return one_of(std::array<const char*, 3>{".", "./short", "\"./${A:-n}\""});
    std::string text;
    const auto add = [&text](const std::string& key, const std::string& what) { text += (text.empty() ? "" : ", ") + key + ": " + what; };
    if (often()) add("context", one_of(std::array<const char*, 5>{".", "./app", "app/../lib", "\"${A}/x\"", "deep/er"}));
    if (often()) add("args", tag(args()));
    if (rng_.chance(250)) add("dockerfile", one_of(std::array<const char*, 3>{"D", "sub/D", "\"D.${B}\""}));
    if (rng_.chance(250)) add("target", one_of(std::array<const char*, 3>{"t", "\"${A}\"", "u"}));
    if (rng_.chance(300)) add("tags", tag(words({"t1", "t2", "\"t:${B}\""})));
    if (rng_.chance(200)) add("platforms", words({"linux/amd64", "linux/arm64"}));
    if (rng_.chance(300)) add("additional_contexts", tag(contexts(file != 9)));
    if (rng_.chance(200)) add("labels", often() ? "[l=1, m]" : "{l: 2, n: x}");
    if (rng_.chance(150)) add("no_cache", often() ? "true" : "\"false\"");
    if (rng_.chance(200) && file != 9) add("secrets", words({"sec", "{source: sec, target: other}", "tok"}));
    return "{" + text + "}";
  }

  // `file` 9 is a library: no extends, no dependencies on others.
  std::string service(std::uint64_t file, bool may_extend) {
    std::string text = "image: " + (often() ? std::string("img") : "\"i-${A}:${NO:-latest}\"");
    const auto add = [&text](const std::string& key, const std::string& what) { text += ", " + key + ": " + what; };
    if (rng_.chance(700)) add("build", rng_.chance(60) ? override_build(file) : build(file));
    if (rng_.chance(150)) add("profiles", words({"p", "q"}));
    if (rng_.chance(200)) add("platform", one_of(std::array<const char*, 2>{"linux/amd64", "\"linux/${NO:-arm64}\""}));
    if (rng_.chance(250) && file != 9) add("depends_on", often() ? "[s0]" : "{s0: {condition: service_started}}");
    if (rng_.chance(300)) add("environment", often() ? "[\"E=" + value(1) + "\"]" : "{E: " + scalar() + "}");
    if (may_extend && rng_.chance(300)) {
      add("extends", often() ? "{file: lib/base.yaml, service: l" + std::to_string(rng_.below(2)) + "}" : "s0");
    }
    return "{" + text + "}";
  }

  std::string compose_file(std::uint64_t file) {
    std::string text;
    if (rng_.chance(200)) text += "name: \"n-${B}\"\n";
    if (file == 0 && rng_.chance(400)) text += "include: [inc/inc.yaml]\n";
    text += "x-args: &args {X: one, Y: 2}\nx-svc: &svc {platform: linux/386, build: {context: shared, args: *args}}\n";
    text += "secrets: {sec: {file: ./sec" + std::to_string(file) + "}, tok: {environment: TOK}}\nservices:\n";
    text += "  s0: {image: s0, build: " + build(9) + "}\n";
    for (std::uint64_t index = 1; index < 4; ++index) {
      if (rarely()) continue;
      text += "  s" + std::to_string(index) + ": " + service(file, true) + "\n";
    }
    if (often()) text += "  m: {<<: *svc, image: m}\n";
    if (often()) text += "  n:\n    <<: [*svc]\n    build:\n      context: n\n      args: {<<: *args, X: mine}\n";
    return text;
  }

  std::string library() { return "services:\n  l0: " + service(9, false) + "\n  l1: " + service(9, false) + "\n"; }

  Rng rng_;
  bool tags_allowed_ = true;
};

}  // namespace

ComposeCase random_project(std::uint64_t seed) {
  ComposeCase result = Generator(seed).project();
  result.name = "seed " + std::to_string(seed);
  return result;
}

}  // namespace farm::testing
