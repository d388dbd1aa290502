#include "runtime/join.h"

#include <algorithm>

#include "tern/ops/tensor.h"

namespace tern::runtime {
namespace {

bool reads_rows(const KernelDef& kernel, const Node& node, ValueId id) {
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i] == id && (i >= 32 || (kernel.strided_inputs >> i & 1u) == 0)) return false;
  }
  return true;
}

// The Concat to write into: the only one among the users of `id`, when all others read rows.
const Node* concat_of(const Program& program, ValueId id) {
  const Node* concat = nullptr;
  for (const NodeId user : program.graph().value(id).users) {
    const KernelDef* kernel = program.kernel(user).kernel;
    if (kernel == nullptr) return nullptr;  // in a body of control flow
    const Node& node = program.graph().node(user);
    if (kernel->placed_inputs && concat == nullptr) {
      concat = &node;
    } else if (kernel->placed_inputs || !reads_rows(*kernel, node, id)) {
      return nullptr;
    }
  }
  return concat;
}

}  // namespace

Join join_of_result(const Program& program, ValueId id, const TypeInfo& type) {
  const Graph& graph = program.graph();
  const int rank = type.rank();
  if (rank < 2 || graph.is_root_use(id)) return {};
  const Node* node = concat_of(program, id);
  const auto* concat = node == nullptr ? nullptr : node->op.as<ops::Concat>();
  if (concat == nullptr || (concat->axis != -1 && concat->axis != rank - 1)) return {};
  // A result that leaves the graph lies in the caller's memory, which is not known yet.
  if (graph.is_root_use(node->outputs[0])) return {};
  Join join{.whole = node->outputs[0]};
  for (const ValueId input : node->inputs) {
    const TypeInfo& info = input == id ? type : graph.value(input).type;
    if (!info.has_rank || info.rank() != rank || !info.shape.back().known()) return {};
    if (input == id) join.column = join.row;
    join.row += info.shape.back().value();
  }
  return join;
}

}  // namespace tern::runtime
