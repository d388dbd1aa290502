#include "config/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

#include "base/errors.h"
#include "base/file.h"

namespace tern::config {
namespace {

// Long texts weigh more than one value, so that the limit of values bounds memory too.
constexpr std::size_t kBytesPerValue = 32;

// Thrown through yaml-cpp, which has no other way to stop; caught in parse_yaml().
struct Refused {
  Origin where;
  std::string message;
};

// Builds the tree from yaml-cpp's events, so that limits hold before memory is spent.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::shared_ptr<const std::string> source, const YamlLimits& limits)
      : source_(std::move(source)), limits_(limits) {}

  ConfigNode take() { return std::move(root_); }

  Origin origin(const YAML::Mark& mark) const {
    return {source_, std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1};
  }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(make(ConfigNode::Kind::kNull, mark), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto target = anchors_.find(anchor);
    if (target == anchors_.end()) throw Refused{origin(mark), "an alias inside its own anchor"};
    count(target->second.weight, mark);
    if (open_.size() + target->second.depth > static_cast<std::size_t>(limits_.depth)) {
      refuse_depth(mark);
    }
    ConfigNode copy = target->second.node;
    copy.origin = origin(mark);
    place(std::move(copy), target->second.weight, target->second.depth);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    // "?" is a plain scalar, "!" one in quotes or in block style.
    if (tag != "?" && tag != "!" && !tag.empty()) refuse_tag(mark, tag);
    ConfigNode node = make(ConfigNode::Kind::kScalar, mark);
    count(value.size() / kBytesPerValue, mark);
    node.text = value;
    node.quoted = tag == "!";
    add(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(ConfigNode::Kind::kList, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(ConfigNode::Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  // A list or map whose end has not come yet.
  struct Open {
    ConfigNode node;
    YAML::anchor_t anchor;
    std::size_t weight = 1;
    std::size_t depth = 1;
    std::map<std::string, int> keys = {};  // with their lines
    ConfigNode key = {};                   // of the value that comes next
    bool has_key = false;
  };
  struct Anchored {
    ConfigNode node;
    std::size_t weight;
    std::size_t depth;
  };

  static std::size_t weight_of(const ConfigNode& scalar) {
    return 1 + scalar.text.size() / kBytesPerValue;
  }

  ConfigNode make(ConfigNode::Kind kind, const YAML::Mark& mark) {
    count(1, mark);
    ConfigNode node;
    node.kind = kind;
    node.origin = origin(mark);
    return node;
  }

  void count(std::size_t weight, const YAML::Mark& mark) {
    weight_ += weight;
    if (weight_ > limits_.values) {
      throw Refused{origin(mark), fmt::format("more than {} values", limits_.values)};
    }
  }

  [[noreturn]] void refuse_depth(const YAML::Mark& mark) const {
    throw Refused{origin(mark), fmt::format("nested deeper than {} levels", limits_.depth)};
  }
  [[noreturn]] void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    throw Refused{origin(mark), fmt::format("tags such as {} are not supported", tag)};
  }

  void open(ConfigNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    if (tag != "?" && tag != "!" && !tag.empty()) refuse_tag(mark, tag);
    if (open_.size() >= static_cast<std::size_t>(limits_.depth)) refuse_depth(mark);
    open_.push_back({make(kind, mark), anchor});
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    if (done.anchor != YAML::NullAnchor) {
      anchors_[done.anchor] = {done.node, done.weight, done.depth};
    }
    place(std::move(done.node), done.weight, done.depth);
  }

  void add(ConfigNode node, YAML::anchor_t anchor) {
    const std::size_t weight = weight_of(node);
    if (anchor != YAML::NullAnchor) anchors_[anchor] = {node, weight, 0};
    place(std::move(node), weight, 0);
  }

  // Puts a finished value where it belongs: the root, the next item, the next key or its value.
  void place(ConfigNode node, std::size_t weight, std::size_t depth) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    parent.weight += weight;
    parent.depth = std::max(parent.depth, depth + 1);
    if (parent.node.is_list()) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      check_key(parent, node);
      parent.key = std::move(node);
      parent.has_key = true;
    } else {
      parent.node.entries.push_back(
          {std::move(parent.key.text), parent.key.origin, std::move(node)});
      parent.has_key = false;
    }
  }

  static void check_key(Open& map, const ConfigNode& key) {
    if (!key.is_scalar()) {
      throw Refused{key.origin, fmt::format("{} as a key of a map", describe(key))};
    }
    if (key.text == "<<" && !key.quoted) {
      throw Refused{key.origin, "merge keys (<<) are not supported"};
    }
    const auto [first, fresh] = map.keys.emplace(key.text, key.origin.line);
    if (!fresh) {
      throw Refused{key.origin,
                    fmt::format("the key {} is already on line {}", describe(key), first->second)};
    }
  }

  const std::shared_ptr<const std::string> source_;
  const YamlLimits limits_;
  std::size_t weight_ = 0;
  ConfigNode root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchors_;
};

// Hands events on to nothing: tells whether there is a second document.
class AnyDocument final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override { start = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

  YAML::Mark start;
};

Status refused(const Origin& where, std::string_view message) {
  return invalid_argument("{}: {}", where.to_string(), message);
}

Result<ConfigNode> build(std::string_view text, TreeBuilder& builder) {
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  const bool any = parser.HandleNextDocument(builder);
  ConfigNode root = builder.take();
  if (!any || root.is_null()) {
    root.kind = ConfigNode::Kind::kMap;
    root.origin = builder.origin(YAML::Mark());
  }
  AnyDocument second;
  if (any && parser.HandleNextDocument(second)) {
    return refused(builder.origin(second.start), "a second document");
  }
  return root;
}

}  // namespace

Result<ConfigNode> parse_yaml(std::string_view text, std::string_view source,
                              const YamlLimits& limits) {
  if (text.size() > limits.bytes) {
    return invalid_argument("{}: {} bytes, the limit is {}", source, text.size(), limits.bytes);
  }
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
    return invalid_argument("{}: a zero byte at offset {}", source, zero);
  }
  TreeBuilder builder(std::make_shared<const std::string>(source), limits);
  try {
    return build(text, builder);
  } catch (const Refused& e) {
    return refused(e.where, e.message);
  } catch (const YAML::Exception& e) {
    return refused(builder.origin(e.mark), e.msg);
  } catch (const std::exception& e) {
    return invalid_argument("{}: {}", source, e.what());
  }
}

Result<ConfigNode> read_yaml_file(const std::string& path, const YamlLimits& limits) {
  TERN_ASSIGN_OR_RETURN(const std::string text, read_file(path, limits.bytes));
  return parse_yaml(text, path, limits);
}

}  // namespace tern::config
