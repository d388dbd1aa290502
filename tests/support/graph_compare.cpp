#include "tests/support/graph_compare.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <string>

#include "base/errors.h"
#include "graph/op_def.h"

namespace tern::testing {
namespace {

// Builds a description that is equal for equal graphs. Written apart from tern's printer, so that
// what one forgets the other tells.
class Description {
 public:
  explicit Description(const Graph& graph) : graph_(graph) {}

  std::vector<std::string> run() {
    line("graph {}", graph_.name);
    for (const auto& [key, value] : graph_.metadata) line("metadata {} {}", key, value);
    for (const ValueId id : graph_.inputs()) line("input {}", value(id));
    std::set<std::string> stored;
    for (std::size_t i = 0; i < graph_.value_count(); ++i) {
      const ValueData& data = graph_.value(static_cast<ValueId>(i));
      const bool dropped = !data.tensor.defined() && data.users.empty();
      if (data.kind == ValueKind::kConstant && !dropped) stored.insert(data.name);
      if (data.kind == ValueKind::kVariable) stored.insert(data.name);
    }
    for (const std::string& name : stored) line("stored {}", value(graph_.find(name)));
    region(kMainRegion);
    for (const VariableUpdate& update : graph_.updates()) {
      line("update {} {}", value(update.variable), value(update.new_value));
    }
    return std::move(lines_);
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    lines_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  std::string value(ValueId id) const {
    if (id == kNoValue) return "(none)";
    const ValueData& data = graph_.value(id);
    std::string text = fmt::format("'{}' kind {} trainable {} type {}", data.name,
                                   static_cast<int>(data.kind), data.trainable, type(data.type));
    if (data.tensor.defined()) text += " " + bits(data.tensor);
    return text;
  }

  std::string type(const TypeInfo& t) const {
    std::string text = fmt::format("{}", static_cast<int>(t.dtype));
    if (t.element != nullptr) text += fmt::format(" of ({})", type(*t.element));
    if (!t.has_rank) return text + " no rank";
    for (const Dim& dim : t.shape) {
      text += fmt::format(" {}/{}", dim.value(),
                          dim.symbol() == SymbolId::kAnonymous
                              ? std::string()
                              : fmt::format("'{}'", graph_.symbol_name(dim.symbol())));
    }
    return text;
  }

  static std::string bits(const Tensor& t) {
    std::string text = fmt::format("{} {}", static_cast<int>(t.dtype()), t.shape().to_string());
    if (is_container(t.dtype())) {
      for (const Tensor& item : t.items()) text += fmt::format(" ({})", bits(item));
      return text;
    }
    if (t.dtype() == DType::kString) return fmt::format("{} {}", text, t.span<std::string>());
    const auto* bytes = static_cast<const unsigned char*>(t.raw());
    return fmt::format("{} {:02x}", text, fmt::join(bytes, bytes + t.bytes(), ""));
  }

  struct AttributeText {
    std::string operator()(std::monostate) const { return "absent"; }
    std::string operator()(std::int64_t v) const { return fmt::format("int {}", v); }
    std::string operator()(float v) const {
      return fmt::format("float {:08x}", std::bit_cast<std::uint32_t>(v));
    }
    std::string operator()(const std::string& v) const { return fmt::format("string {}", v); }
    std::string operator()(const Tensor& v) const { return "tensor " + bits(v); }
    std::string operator()(const std::vector<std::int64_t>& v) const {
      return fmt::format("ints {}", v);
    }
    std::string operator()(const std::vector<float>& v) const {
      std::string text = "floats";
      for (const float item : v) text += " " + (*this)(item);
      return text;
    }
    std::string operator()(const std::vector<std::string>& v) const {
      return fmt::format("strings {}", v);
    }
  };

  void region(RegionId id) {
    const Region& body = graph_.region(id);
    for (const ValueId argument : body.arguments) line("argument {}", value(argument));
    for (const NodeId node : body.nodes) this->node(graph_.node(node));
    for (const ValueId result : body.results) line("result {}", value(result));
  }

  void node(const Node& node) {
    line("node '{}' {}:{} in", node.name, node.op.domain(), node.op.name());
    for (const auto& [name, attribute] : node.op.attribute_values()) {
      line("  {} {}", name, std::visit(AttributeText(), attribute));
    }
    for (const ValueId input : node.inputs) line("  in {}", value(input));
    for (const ValueId output : node.outputs) line("  out {}", value(output));
    for (const RegionId body : node.regions) {
      line("  body");
      region(body);
      line("  end");
    }
  }

  const Graph& graph_;
  std::vector<std::string> lines_;
};

}  // namespace

::testing::AssertionResult same_graph(const Graph& a, const Graph& b) {
  const std::vector<std::string> left = Description(a).run();
  const std::vector<std::string> right = Description(b).run();
  const auto [x, y] = std::ranges::mismatch(left, right);
  if (x == left.end() && y == right.end()) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure()
         << "first difference:\n  " << (x == left.end() ? "(end)" : *x) << "\n  "
         << (y == right.end() ? "(end)" : *y);
}

}  // namespace tern::testing
