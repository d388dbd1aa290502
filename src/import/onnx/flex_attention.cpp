// FlexAttention with bodies that change scores and weights: plain operators, the bodies among them.
#include <algorithm>

#include "base/errors.h"
#include "import/onnx/graph_importer.h"
#include "ops/nn/attention_expansion.h"
#include "tern/ops/transformer.h"

namespace tern::onnx {

Result<ValueId> GraphImporter::inline_body(const GraphView& body, const NodeView& node,
                                           Scope& outer, ValueId argument) {
  if (body.inputs.size() != 1 || body.outputs.size() != 1) {
    return invalid_argument("it has {} inputs and {} outputs, not 1 and 1", body.inputs.size(),
                            body.outputs.size());
  }
  TERN_ASSIGN_OR_RETURN(Scope scope, body_scope(body, node, outer));
  TERN_TRY(define(scope, body.inputs[0].name, argument));
  TERN_TRY(add_initializers(body, scope));
  TERN_TRY(import_nodes(body.nodes, scope));
  return lookup(scope, body.outputs[0].name);
}

Status GraphImporter::import_flex_attention(const NodeView& node, Scope& scope) {
  if (node.inputs.size() != 3 || node.outputs.size() != 1) {
    return invalid_argument("it has {} inputs and {} outputs, not 3 and 1", node.inputs.size(),
                            node.outputs.size());
  }
  TERN_ASSIGN_OR_RETURN(const NodeDraft::Attributes attributes, convert_attributes(node, scope));
  TERN_ASSIGN_OR_RETURN(const Op op, make_op(node.domain, node.op_type, attributes));
  const auto& flex = *op.as<ops::FlexAttention>();
  GraphBuilder builder(graph_, scope.region);
  std::vector<Value> inputs;
  for (const std::string_view input : node.inputs) {
    TERN_ASSIGN_OR_RETURN(const ValueId value, lookup(scope, input));
    inputs.emplace_back(&builder, value);
  }
  ops::AttentionChanges changes;
  for (const AttributeView& attribute : node.attributes) {
    const AttributeView* value = resolve(attribute, scope);
    if (value == nullptr || value->graph == nullptr) continue;
    const bool of_scores = attribute.name == "score_mod";
    if (!of_scores && attribute.name != "prob_mod") {
      return invalid_argument("{} has no attribute '{}'", node.op_type, attribute.name);
    }
    (of_scores ? changes.scores : changes.weights) = [&, name = attribute.name,
                                                      body = value->graph](Value before) {
      if (!builder.status().ok()) return before;
      Result<ValueId> after = inline_body(*body, node, scope, before.id());
      if (!after.ok()) builder.fail(std::move(after).status().with_context(name));
      return after.ok() ? Value(&builder, *after) : before;
    };
  }
  ExpandContext context(builder, std::move(inputs), 1);
  ops::expand_attention({.scale = flex.scale, .softmax_precision = flex.softmax_precision}, context,
                        changes);
  TERN_TRY(builder.status());
  const ValueId result = context.results()[0].id();
  graph_.rename(result, value_name(scope, node.outputs[0]));
  return define(scope, node.outputs[0], result);
}

}  // namespace tern::onnx
