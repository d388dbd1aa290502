#include "passes/fuse_rms_norm.h"

#include "base/errors.h"
#include "passes/normalization.h"
#include "passes/rewrite.h"
#include "tern/ops/math.h"
#include "tern/ops/nn.h"

namespace tern::passes {
namespace {

Result<bool> fuse(Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  const std::optional<Normalized> n = match_normalized(graph, node);
  if (!n || n->squared != n->numerator || !is_floating(graph.value(n->numerator).type.dtype) ||
      !only_used_for(graph, n->inner, id)) {
    return false;
  }
  const ValueId x = n->numerator;
  ValueId result = node.outputs[0];
  ValueId scale = parameter_above(graph, ops::Mul{}, x, n->axes, result);
  if (scale == kNoValue) {
    TERN_ASSIGN_OR_RETURN(scale, unit_scale(graph, x, n->axes));
  }
  const ValueId inputs[] = {x, scale};
  TERN_TRY(replace_expression(
      graph, result,
      ops::RMSNormalization{.axis = -n->axes,
                            .epsilon = static_cast<float>(n->epsilon),
                            .stash_type = stash_type_for(graph.value(x).type.dtype)},
      inputs));
  return true;
}

}  // namespace

Result<bool> fuse_rms_norm(Graph& graph, const PassContext&) { return for_each_node(graph, fuse); }

}  // namespace tern::passes
