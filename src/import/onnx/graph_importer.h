// GraphImporter: the nodes, bodies and functions of a parsed model as one Graph.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "import/onnx/import_onnx.h"
#include "import/onnx/model_view.h"
#include "import/onnx/node_draft.h"
#include "import/onnx/tensor_decoder.h"
#include "tern/graph.h"

namespace tern::onnx {

struct LoweringRule;

/// Functions that call functions multiply, and so do gradients of gradients; a model that grows
/// beyond this by either is refused.
inline constexpr std::int64_t kMaxNodesInCalls = 1 << 18;
inline constexpr std::int64_t kMaxNodesInGradients = 1 << 15;

class GraphImporter {
 public:
  GraphImporter(const ModelView& model, const ImportOptions& options, TensorSource source)
      : model_(model), options_(options), source_(std::move(source)) {}

  Result<Graph> run();

 private:
  /// The names that nodes of one graph, body or function call can use.
  struct Scope {
    const Scope* outer = nullptr;  // of a body: where its captures come from
    RegionId region = kMainRegion;
    const OpsetImports* opsets = nullptr;
    const NodeView* call = nullptr;  // of a function: whose attributes references stand for
    const FunctionView* function = nullptr;
    const Scope* caller = nullptr;
    std::string prefix;  // of the names of values
    int depth = 0;       // of bodies and calls
    std::unordered_map<std::string_view, ValueId> values;
    std::unordered_set<std::string_view> used;             // names that something reads
    std::unordered_map<std::string_view, Bytes> declared;  // ValueInfoProto by name
  };

  Status import_main();
  Status import_nodes(std::span<const NodeView> nodes, Scope& scope);
  Status import_node(const NodeView& node, Scope& scope);
  Status import_constant(const NodeView& node, Scope& scope);
  Status import_call(const NodeView& node, const FunctionView& function, Scope& scope);
  Status import_flex_attention(const NodeView& node, Scope& scope);
  Status import_gradient(const NodeView& node, Scope& scope);
  Status add_operator(const NodeView& node, Scope& scope);
  Status lower_operator(const NodeView& node, const LoweringRule& rule, Scope& scope);
  /// The node with its inputs and attributes, as the file has it.
  Result<NodeDraft> draft_of(const NodeView& node, const Scope& scope);
  /// Names of the outputs to make. Optional ones that nothing reads are left out: many writers name
  /// the mask of every Dropout and the statistics of every BatchNormalization.
  std::vector<std::string> wanted_outputs(const NodeView& node, const Scope& scope) const;
  Result<std::vector<RegionId>> import_bodies(const NodeView& node, Scope& scope);
  /// The scope of a body of `node`, in the region of `outer`; fails beyond kMaxNesting.
  Result<Scope> body_scope(const GraphView& body, const NodeView& node, const Scope& outer) const;
  Result<RegionId> import_body(const GraphView& body, const NodeView& node, Scope& outer);
  /// The nodes of a body of one argument and one result among those of `outer`; returns the result.
  Result<ValueId> inline_body(const GraphView& body, const NodeView& node, Scope& outer,
                              ValueId argument);

  /// The arguments of a body: sizes may change from run to run whatever the file says, and a type
  /// that it leaves out is that of the node's input.
  Status settle_arguments(const NodeView& node, const Scope& scope, const Scope& outer);

  Status add_initializers(const GraphView& graph, Scope& scope);
  Status add_inputs(const GraphView& graph, Scope& scope);
  Status add_initializer(std::string_view name, Tensor tensor, const GraphView& graph,
                         Scope& scope);
  Result<ValueId> find_output(std::string_view name, const Scope& scope);
  Result<std::vector<ValueId>> find_outputs(const GraphView& graph, const Scope& scope);

  Status define(Scope& scope, std::string_view name, ValueId value);
  Result<ValueId> lookup(const Scope& scope, std::string_view name) const;
  /// The name that a value gets in the graph.
  std::string value_name(const Scope& scope, std::string_view name) const;
  /// What the file says of a value where inference says nothing.
  Status apply_declared(const Scope& scope, std::string_view name, ValueId value);

  /// The attribute itself, or what a reference in a function stands for; null when the caller
  /// leaves it out.
  const AttributeView* resolve(const AttributeView& attribute, const Scope& scope) const;
  Result<AttributeValue> convert(const AttributeView& attribute) const;
  Result<NodeDraft::Attributes> convert_attributes(const NodeView& node, const Scope& scope) const;

  const ModelView& model_;
  const ImportOptions& options_;
  TensorSource source_;
  Graph graph_;
  std::unordered_set<std::string_view> main_names_;
  std::int64_t nodes_in_calls_ = 0;
  std::int64_t nodes_in_gradients_ = 0;
};

}  // namespace tern::onnx
