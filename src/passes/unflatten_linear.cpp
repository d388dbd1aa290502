#include "passes/unflatten_linear.h"

#include <algorithm>

#include "base/errors.h"
#include "passes/rewrite.h"
#include "tern/ops/fused.h"
#include "tern/ops/tensor.h"

namespace tern::passes {
namespace {

bool flattens(const Op& op) { return op.is<ops::Reshape>() || op.is<ops::Flatten>(); }

// All sizes but the last surely agree.
bool same_rows(const TypeInfo& a, const TypeInfo& b) {
  return a.has_rank && b.has_rank && a.rank() == b.rank() && a.rank() > 1 &&
         std::equal(a.shape.begin(), a.shape.end() - 1, b.shape.begin(),
                    [](const Dim& x, const Dim& y) { return same(x, y); });
}

bool same_last(const TypeInfo& a, const TypeInfo& b) {
  return a.has_rank && b.has_rank && a.rank() > 0 && b.rank() > 0 &&
         same(a.shape.back(), b.shape.back());
}

Result<bool> fuse(Graph& graph, NodeId id) {
  const Node& restore = graph.node(id);
  if (!restore.op.is<ops::Reshape>()) return false;
  const Node* linear = producer_of(graph, restore.inputs[0]);
  if (linear == nullptr || !linear->op.is<ops::Linear>() || input_of(*linear, 3) != kNoValue ||
      only_user(graph, restore.inputs[0]) != id) {
    return false;
  }
  const Node* flatten = producer_of(graph, linear->inputs[0]);
  if (flatten == nullptr || !flattens(flatten->op)) return false;
  const ValueId x = flatten->inputs[0];
  const TypeInfo& from = graph.value(x).type;
  const TypeInfo& to = graph.value(restore.outputs[0]).type;
  if (!same_rows(from, to) || !same_last(from, graph.value(linear->inputs[0]).type) ||
      !same_last(to, graph.value(restore.inputs[0]).type)) {
    return false;
  }
  std::vector<ValueId> inputs = linear->inputs;
  inputs[0] = x;
  const Op op = linear->op;
  TERN_TRY(replace_expression(graph, restore.outputs[0], op, inputs));
  return true;
}

}  // namespace

Result<bool> unflatten_linear(Graph& graph, const PassContext&) {
  return for_each_node(graph, fuse);
}

}  // namespace tern::passes
