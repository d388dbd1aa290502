#include "import/onnx/operator_check.h"

#include <fmt/ranges.h>

#include <set>
#include <tuple>

#include "base/errors.h"
#include "import/onnx/microsoft.h"
#include "import/onnx/node_order.h"
#include "import/onnx/upgrade.h"
#include "ops/op_table.h"

namespace tern::onnx {
namespace {

class OperatorCheck {
 public:
  explicit OperatorCheck(const ModelView& model) : model_(model) {}

  Status run() {
    constexpr std::int64_t kFirstIrWithOpsets = 3;
    if (model_.opsets.empty() && model_.ir_version >= kFirstIrWithOpsets) {
      return invalid_argument("the model has IR version {}, but imports no opset",
                              model_.ir_version);
    }
    TERN_TRY(check_opsets(model_.opsets));
    visit(model_.graph.nodes, model_.opsets);
    // Functions that functions call are added while this goes on.
    for (std::size_t i = 0; i < called_.size(); ++i) {
      const FunctionView& function = *called_[i];
      if (Status s = check_opsets(function.opsets); !s.ok()) {
        return std::move(s).with_context(fmt::format("function {}", function.name));
      }
      visit(function.nodes, function.opsets);
    }
    return report();
  }

 private:
  struct Use {
    std::size_t count = 0;
    std::vector<std::string> nodes;  // the first of them
  };

  static Status check_opsets(const OpsetImports& opsets) {
    for (const auto& [domain, version] : opsets) {
      if (version < 1) return invalid_argument("opset {} of {} is not above 0", version, domain);
      if (domain == "ai.onnx" && version > kNewestOpset) {
        return unimplemented("opset {} is newer than {}, the newest that is supported", version,
                             kNewestOpset);
      }
    }
    return {};
  }

  void visit(std::span<const NodeView> nodes, const OpsetImports& opsets) {
    for (const NodeView& node : nodes) {
      if (const FunctionView* function = model_.function_of(node)) {
        if (seen_.insert(function).second) called_.push_back(function);
      } else if (!is_known(node)) {
        Use& use = missing_[{node.op_type, node.domain, opset_version(opsets, node.domain)}];
        if (use.count++ < kMostNodes) use.nodes.push_back(node.described());
      }
      for (const AttributeView& attribute : node.attributes) {
        if (attribute.graph != nullptr) visit(attribute.graph->nodes, opsets);
      }
    }
  }

  static bool is_known(const NodeView& node) {
    if (find_lowering(node.domain, node.op_type) != nullptr) return true;
    if (is_gradient(node)) return true;
    if (node.domain != "ai.onnx") return find_op(node.domain, node.op_type) != nullptr;
    return node.op_type == "Constant" || find_op("ai.onnx", upgraded_name(node.op_type)) != nullptr;
  }

  Status report() const {
    if (missing_.empty()) return {};
    std::string list;
    for (const auto& [key, use] : missing_) {
      const auto& [op_type, domain, opset] = key;
      list += fmt::format("{}{} ({} {}): {}", list.empty() ? "" : "; ", op_type, domain, opset,
                          fmt::join(use.nodes, ", "));
      if (use.count > use.nodes.size()) {
        list += fmt::format(" and {} more", use.count - use.nodes.size());
      }
    }
    return unimplemented("{} unsupported operator{}: {}", missing_.size(),
                         missing_.size() == 1 ? "" : "s", list);
  }

  static constexpr std::size_t kMostNodes = 10;

  const ModelView& model_;
  std::map<std::tuple<std::string_view, std::string_view, std::int64_t>, Use> missing_;
  std::set<const FunctionView*> seen_;
  std::vector<const FunctionView*> called_;
};

}  // namespace

Status check_operators(const ModelView& model) { return OperatorCheck(model).run(); }

}  // namespace tern::onnx
