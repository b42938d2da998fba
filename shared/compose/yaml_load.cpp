#include "shared/compose/yaml_load.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <map>
#include <sstream>
#include <utility>

#include "shared/compose/read_compose.hpp"
#include "shared/compose/yaml_scalar.hpp"

namespace farm::compose {
namespace {

constexpr std::size_t kExpandedBytesMax = 64U << 20U;
constexpr std::size_t kKeyBytesMax = 1024;  // messages repeat keys

// Leaves yaml-cpp's parser from inside its callbacks; caught in load_yaml.
struct Stop {
  Mark at;
  std::string message;
};

struct Anchored {
  Node node;
  Weight weight;
};

class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::uint32_t file) : file_(file) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    anchors_.clear();
    document_at_ = mark_of(mark);
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.at = mark_of(mark);
    finish(std::move(node), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const Mark at = mark_of(mark);
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Stop{at, "an alias stands inside the value that it names: remove the circle"};
    const Weight& weight = found->second.weight;
    charge(weight, at);
    if (open_.size() + weight.depth > limits::kComposeDepthMax) throw too_deep(at);
    finish(found->second.node, 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    Node node = make_scalar(value, mark_of(mark));
    node.plain = tag == "?";
    node.tag = merge_tag(tag);
    if (node.tag != MergeTag::None && is_null_text(value)) node.kind = Kind::Null;
    if (tag == "tag:yaml.org,2002:null") node.kind = Kind::Null;
    if (tag == "tag:yaml.org,2002:int" || tag == "tag:yaml.org,2002:float" || tag == "tag:yaml.org,2002:bool") node.plain = true;
    finish(std::move(node), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(Kind::Sequence, mark_of(mark), tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(Kind::Map, mark_of(mark), tag, anchor);
  }
  void OnMapEnd() override {
    apply_merge_keys(open_.back());
    close();
  }

  std::vector<Node> documents;

 private:
  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;
    bool merge_key = false;
    std::string key;
    Mark key_at;
    std::vector<Node> merges;  // values of `<<`
    Mark merge_at;
  };

  [[nodiscard]] Mark mark_of(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }
  static Stop too_deep(Mark at) { return {at, "values are nested deeper than the limit of " + std::to_string(limits::kComposeDepthMax)}; }
  static MergeTag merge_tag(const std::string& tag) {
    if (tag == "!reset") return MergeTag::Reset;
    return tag == "!override" ? MergeTag::Override : MergeTag::None;
  }

  void charge(const Weight& weight, Mark at) {
    nodes_ += weight.nodes;
    bytes_ += weight.bytes;
    if (nodes_ > limits::kComposeNodesMax || bytes_ > kExpandedBytesMax) {
      throw Stop{at, "the file has more than the limit of " + std::to_string(limits::kComposeNodesMax) + " values or " +
                         std::to_string(kExpandedBytesMax >> 20U) + " MiB once aliases are expanded: use fewer aliases of aliases"};
    }
  }

  void open(Kind kind, Mark at, const std::string& tag, YAML::anchor_t anchor) {
    if (open_.size() >= limits::kComposeDepthMax) throw too_deep(at);
    Open next;
    next.node.kind = kind;
    next.node.at = at;
    next.node.tag = merge_tag(tag);
    next.anchor = anchor;
    open_.push_back(std::move(next));
  }

  void close() {
    Node node = std::move(open_.back().node);
    const YAML::anchor_t anchor = open_.back().anchor;
    open_.pop_back();
    finish(std::move(node), anchor);
  }

  void finish(Node node, YAML::anchor_t anchor) {
    charge({1, node.text.size(), 1}, node.at);
    if (anchor != 0) {
      const Weight weight = weigh(node);
      charge(weight, node.at);
      anchors_.insert_or_assign(anchor, Anchored{node, weight});
    }
    if (open_.empty()) {
      documents.push_back(std::move(node));
    } else if (open_.back().node.is_sequence()) {
      open_.back().node.items.push_back(std::move(node));
    } else if (!open_.back().has_key) {
      take_key(open_.back(), node);
    } else {
      take_value(open_.back(), std::move(node));
    }
  }

  static void take_key(Open& map, const Node& node) {
    if (!node.is_scalar()) throw Stop{node.at, "a key must be a string, not " + std::string(to_string(node.kind))};
    if (node.text.size() > kKeyBytesMax)
      throw Stop{node.at, "a key is longer than the limit of " + std::to_string(kKeyBytesMax) + " bytes"};
    map.has_key = true;
    map.key = node.text;
    map.key_at = node.at;
    map.merge_key = node.plain && node.text == "<<";
  }

  static void take_value(Open& map, Node node) {
    map.has_key = false;
    if (map.merge_key) {
      if (!map.merges.empty()) throw duplicate("<<", map.key_at, map.merge_at);
      map.merge_at = map.key_at;
      map.merges.push_back(std::move(node));
      return;
    }
    node.key_at = map.key_at;
    const auto [found, added] = map.node.fields.try_emplace(map.key);
    if (!added) throw duplicate(map.key, map.key_at, found->second.key_at);
    found->second = std::move(node);
  }

  static Stop duplicate(const std::string& key, Mark at, Mark first) {
    return {at, "the key \"" + key + "\" is there twice (first on line " + std::to_string(first.line) + "): remove one"};
  }

  // The map's own keys win, then the mappings of `<<` in their order.
  static void apply_merge_keys(Open& map) {
    for (Node& value : map.merges) {
      if (value.is_map()) {
        add_missing(map.node, std::move(value));
      } else if (value.is_sequence()) {
        for (Node& item : value.items) {
          if (!item.is_map()) throw Stop{map.merge_at, "\"<<\" takes mappings, not " + std::string(to_string(item.kind))};
          add_missing(map.node, std::move(item));
        }
      } else {
        throw Stop{map.merge_at, "\"<<\" takes a mapping or a list of mappings, not " + std::string(to_string(value.kind))};
      }
    }
  }
  static void add_missing(Node& map, Node from) { map.fields.merge(std::move(from.fields)); }

  std::uint32_t file_;
  Mark document_at_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace

std::vector<Node> load_yaml(const std::string& text, std::uint32_t file, Report& report) {
  TreeBuilder builder(file);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    return std::move(builder.documents);
  } catch (const Stop& stop) {
    report.error(stop.at, stop.message);
  } catch (const YAML::Exception& problem) {
    report.error({file, std::max(problem.mark.line, 0) + 1, std::max(problem.mark.column, 0) + 1}, "not valid YAML: " + problem.msg);
  } catch (const std::exception& problem) {
    report.error({file, 0, 0}, std::string("not valid YAML: ") + problem.what());
  }
  return {};
}

}  // namespace farm::compose
