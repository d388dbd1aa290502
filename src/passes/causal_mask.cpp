#include "passes/causal_mask.h"

#include "passes/rewrite.h"
#include "tensor/element.h"
#include "tern/ops/math.h"
#include "tern/ops/tensor.h"

namespace tern::passes {
namespace {

bool same_size(const Size& size, const Dim& dim) {
  return size.number ? dim.known() && dim.value() == *size.number
                     : size.named() && same(size.dim(), dim);
}

// 1 when elements are true exactly where column <= row, 0 when false there, -1 otherwise.
int triangle_of(const Tensor& t) {
  const LoadF64 load = load_f64(t.dtype());
  if (load == nullptr || t.rank() < 2 || t.elements() == 0) return -1;
  const std::int64_t rows = t.dim(t.rank() - 2), columns = t.dim(t.rank() - 1);
  if (rows * columns != t.elements()) return -1;
  const bool inside = load(t.raw(), 0) != 0;
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      const bool wanted = (j <= i) == inside;
      if ((load(t.raw(), i * columns + j) != 0) != wanted) return -1;
    }
  }
  return inside ? 1 : 0;
}

}  // namespace

// Slices from 0 with steps of 1 cut the last two axes; others must keep their size.
bool CausalMasks::follow_slice(const Node& node, Source& source) const {
  const int rank = graph_.value(node.inputs[0]).type.rank();
  const auto cuts = sizes_.slice_cuts(node);
  if (!cuts || rank < 2) return false;
  for (const SliceCut& slice : *cuts) {
    if (!slice.from_start() || slice.axis < rank - 2) return false;
    Size& cut = slice.axis == rank - 2 ? source.queries : source.keys;
    // Of two cuts the outer one, which was seen first, is the shorter.
    if (!cut.number && !cut.named()) cut = slice.end;
    if (!cut.number && !cut.named()) return false;
    if (cut.number && *cut.number < 0) return false;
  }
  return true;
}

CausalMasks::Source CausalMasks::source_of(ValueId mask) const {
  Source source;
  for (ValueId id = mask; id != kNoValue;) {
    if (graph_.constant(id) != nullptr) {
      source.constant = id;
      return source;
    }
    const Node* node = producer_of(graph_, id);
    if (node == nullptr) return {};
    if (node->op.is<ops::Not>()) {
      source.negated = !source.negated;
    } else if (node->op.is<ops::Slice>()) {
      if (!follow_slice(*node, source)) return {};
    } else if (!node->op.is<ops::Cast>() && !node->op.is<ops::Identity>()) {
      return {};
    }
    id = node->inputs[0];
  }
  return {};
}

bool CausalMasks::is_triangle(ValueId constant, bool inside) {
  const auto [entry, is_new] = triangles_.try_emplace(constant, -1);
  if (is_new) entry->second = triangle_of(*graph_.constant(constant));
  return entry->second == (inside ? 1 : 0);
}

bool CausalMasks::is_causal(ValueId mask, const Dim& queries, const Dim& keys, bool inside) {
  const Source source = source_of(mask);
  if (source.constant == kNoValue || !is_triangle(source.constant, inside != source.negated)) {
    return false;
  }
  const Tensor& constant = *graph_.constant(source.constant);
  const auto size_of = [&](const Size& cut, int axis) {
    return cut.number || cut.named() ? cut : Size::of(constant.dim(constant.rank() + axis));
  };
  return same_size(size_of(source.queries, -2), queries) &&
         same_size(size_of(source.keys, -1), keys);
}

}  // namespace tern::passes
