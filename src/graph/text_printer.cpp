#include <algorithm>

#include "base/errors.h"
#include "graph/text_lexer.h"
#include "graph/text_literal_writer.h"
#include "tern/graph_text.h"

namespace tern {
namespace {

class Printer {
 public:
  Printer(const Graph& graph, const TextOptions& options)
      : graph_(graph), literals_(text_, options) {}

  std::string run() && {
    text_ += "graph ";
    if (!graph_.name.empty()) {
      append_name(text_, graph_.name);
      text_ += ' ';
    }
    text_ += "{\n";
    for (const auto& [key, value] : graph_.metadata) {
      begin("metadata ");
      append_quoted(text_, key);
      text_ += " = ";
      append_quoted(text_, value);
      text_ += '\n';
    }
    for (const ValueId id : graph_.inputs()) {
      begin("input ");
      declare(id);
      text_ += '\n';
    }
    for (std::size_t i = 0; i < graph_.value_count(); ++i) stored(static_cast<ValueId>(i));
    body(kMainRegion);
    for (const VariableUpdate& update : graph_.updates()) {
      begin("update ");
      append_name(text_, name(update.variable));
      text_ += " = ";
      append_name(text_, name(update.new_value));
      text_ += '\n';
    }
    text_ += "}\n";
    return std::move(text_);
  }

 private:
  std::string_view name(ValueId id) const { return graph_.value(id).name; }

  void begin(std::string_view text) {
    text_.append(2 * depth_, ' ');
    text_ += text;
  }

  // "x: f32[N, 2]"
  void declare(ValueId id) {
    append_name(text_, name(id));
    text_ += ": ";
    literals_.type(graph_, graph_.value(id).type);
  }

  template <class Write>
  void list(std::span<const ValueId> ids, const Write& write) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (i > 0) text_ += ", ";
      if (ids[i] == kNoValue) {
        text_ += '_';
      } else {
        write(ids[i]);
      }
    }
  }

  void names(std::span<const ValueId> ids) {
    list(ids, [this](ValueId id) { append_name(text_, name(id)); });
  }

  void stored(ValueId id) {
    const ValueData& value = graph_.value(id);
    const bool constant = value.kind == ValueKind::kConstant;
    if (!constant && value.kind != ValueKind::kVariable) return;
    const bool dropped = !value.tensor.defined() && value.users.empty() && !graph_.is_root_use(id);
    if (dropped) return;
    begin(constant ? "constant " : "variable ");
    append_name(text_, value.name);
    if (!constant && !value.trainable) text_ += " frozen";
    text_ += " = ";
    if (value.tensor.defined()) {
      literals_.tensor(value.tensor);
    } else {
      literals_.released(value.type);
    }
    text_ += '\n';
  }

  void body(RegionId id) {
    const Region& region = graph_.region(id);
    for (const NodeId node_id : region.nodes) node(graph_.node(node_id));
    if (!region.results.empty()) {
      begin("output ");
      names(region.results);
      text_ += '\n';
    }
  }

  void node(const Node& node) {
    begin("");
    if (node.outputs.empty()) text_ += "()";
    list(node.outputs, [this](ValueId id) { declare(id); });
    text_ += " = ";
    append_name(text_, node.op.domain() == "ai.onnx"
                           ? std::string(node.op.name())
                           : fmt::format("{}.{}", node.op.domain(), node.op.name()));
    text_ += '(';
    names(node.inputs);
    text_ += ')';
    attributes(node.op);
    if (!node.name.empty()) {
      text_ += " @";
      append_name(text_, node.name);
    }
    text_ += '\n';
    ++depth_;
    for (const RegionId id : node.regions) {
      begin("body (");
      list(graph_.region(id).arguments, [this](ValueId argument) { declare(argument); });
      text_ += ") {\n";
      ++depth_;
      body(id);
      --depth_;
      begin("}\n");
    }
    --depth_;
  }

  // Those that differ from what they are when nothing is said, and those that must be said.
  void attributes(const Op& op) {
    const auto fields = op.def().fields;
    const auto values = op.attribute_values();
    const auto defaults = Op(op.def()).attribute_values();
    std::string_view separator = " {";
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (values[i].second.index() == 0) continue;  // an optional one that is absent
      const std::string value = literal(fields[i], values[i].second);
      const bool is_default = defaults[i].second.index() == values[i].second.index() &&
                              literal(fields[i], defaults[i].second) == value;
      if (is_default && !fields[i].required) continue;
      text_ += separator;
      separator = ", ";
      append_name(text_, fields[i].name);
      text_ += " = ";
      text_ += value;
    }
    if (separator != " {") text_ += '}';
  }

  std::string literal(const FieldInfo& field, const AttributeValue& value) {
    std::string text;
    text_.swap(text);
    literals_.attribute(field, value);
    text_.swap(text);
    return text;
  }

  const Graph& graph_;
  std::string text_;
  LiteralWriter literals_;
  std::size_t depth_ = 1;
};

}  // namespace

std::string to_text(const Graph& graph, const TextOptions& options) {
  return Printer(graph, options).run();
}

}  // namespace tern
