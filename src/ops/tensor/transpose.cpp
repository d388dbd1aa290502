#include <algorithm>

#include "base/errors.h"
#include "ops/axes.h"
#include "ops/broadcast.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "tern/functions.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

Result<std::vector<int>> order_of(const ops::Transpose& op, int rank) {
  std::vector<int> order(static_cast<std::size_t>(rank));
  if (op.perm.empty()) {
    for (int i = 0; i < rank; ++i) order[static_cast<std::size_t>(i)] = rank - 1 - i;
    return order;
  }
  if (op.perm.size() != order.size()) {
    return invalid_argument("perm has {} entries for rank {}", op.perm.size(), rank);
  }
  // Axes are not counted from the end here: passes and kernels take perm for a permutation.
  for (const std::int64_t axis : op.perm) {
    if (axis < 0 || axis >= rank) {
      return invalid_argument("perm names axis {}, the rank is {}", axis, rank);
    }
  }
  // normalize_axes rejects what is named twice.
  TERN_ASSIGN_OR_RETURN(const std::vector<int> sorted, normalize_axes(op.perm, rank));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(op.perm[i]);
  return order;
}

struct TransposeImpl {
  static constexpr std::string_view summary = "Axis i of the output is axis perm[i] of the input.";
  static constexpr auto inputs = std::array{Port{"data", kAnyType}};
  static constexpr auto outputs = std::array{Port{"transposed", kAnyType}};

  static Status infer(const ops::Transpose& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const std::vector<int> order, order_of(op, c.in[0].rank()));
    std::vector<Dim> out;
    for (const int axis : order) out.push_back(c.in[0].shape[static_cast<std::size_t>(axis)]);
    c.out.emplace_back(c.in[0].dtype, std::move(out));
    return {};
  }

  static void reference(const ops::Transpose& op, ReferenceContext& c) {
    const Tensor& x = c.in(0);
    const Shape own = x.shape().strides();
    const Result<std::vector<int>> order = order_of(op, x.rank());
    Shape strides;
    for (const int axis : *order) strides.push_back(own[axis]);
    for_each_offset(c.out(0).shape(), strides,
                    [&](std::int64_t i, std::int64_t from) { copy_element(x, from, c.out(0), i); });
  }

  static void gradient(const ops::Transpose& op, GradContext& g) {
    const Result<std::vector<int>> order = order_of(op, g.input(0).rank());
    if (!order.ok()) return;
    std::vector<std::int64_t> inverse(order->size());
    for (std::size_t i = 0; i < inverse.size(); ++i) {
      inverse[static_cast<std::size_t>((*order)[i])] = static_cast<std::int64_t>(i);
    }
    g.set(0, transpose(g.grad(0), std::move(inverse)));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Transpose>() {
  static constexpr OpDef def = make_op<ops::Transpose, TransposeImpl>("Transpose", "ai.onnx", 13);
  return def;
}

}  // namespace tern
