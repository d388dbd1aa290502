#include "passes/size_bounds.h"

#include <algorithm>

#include "passes/rewrite.h"
#include "tern/ops/math.h"
#include "tern/ops/tensor.h"

namespace tern::passes {
namespace {

constexpr SymbolId kNone = SymbolId::kAnonymous;

bool broadcasts(const Op& op) {
  return op.is<ops::Add>() || op.is<ops::Sub>() || op.is<ops::Mul>() || op.is<ops::Div>();
}

}  // namespace

SizeBounds::Bounds SizeBounds::of(ValueId id) const {
  const auto found = known_.find(id);
  return found == known_.end() ? Bounds() : found->second;
}

void SizeBounds::visit(const Node& node) {
  Bounds bounds;
  if (node.op.is<ops::Slice>()) {
    bounds = sliced(node);
  } else if (node.op.is<ops::Gather>()) {
    bounds = gathered(node);
  } else if (node.op.is<ops::Cast>() || node.op.is<ops::Identity>()) {
    bounds = of(node.inputs[0]);
  }
  const bool any = std::ranges::any_of(bounds, [](SymbolId s) { return s != kNone; });
  if (any) known_[node.outputs[0]] = std::move(bounds);
}

// From 0 to a size with a name, in steps of 1, of an axis that is not empty.
SizeBounds::Bounds SizeBounds::sliced(const Node& node) const {
  const auto cuts = sizes_.slice_cuts(node);
  if (!cuts) return {};
  const std::vector<Dim>& data = graph_.value(node.inputs[0]).type.shape;
  Bounds bounds(data.size(), kNone);
  for (const SliceCut& cut : *cuts) {
    const auto axis = static_cast<std::size_t>(cut.axis);
    if (cut.from_start() && cut.end.named() && data[axis].value() >= 1) {
      bounds[axis] = cut.end.symbol;
    }
  }
  return bounds;
}

// The axes of the indices stand in the place of the axis they pick from.
SizeBounds::Bounds SizeBounds::gathered(const Node& node) const {
  const TypeInfo& data = graph_.value(node.inputs[0]).type;
  const Bounds indices = of(node.inputs[1]);
  if (!data.has_rank || indices.empty()) return {};
  const std::int64_t axis = node.op.as<ops::Gather>()->axis;
  const std::int64_t place = axis + (axis < 0 ? data.rank() : 0);
  if (place < 0 || place >= data.rank()) return {};
  Bounds bounds(static_cast<std::size_t>(place), kNone);
  bounds.insert(bounds.end(), indices.begin(), indices.end());
  bounds.resize(static_cast<std::size_t>(data.rank() - 1) + indices.size(), kNone);
  return bounds;
}

std::vector<Dim> SizeBounds::met_by(const Node& node) const {
  if (!broadcasts(node.op)) return {};
  const TypeInfo* types[] = {&graph_.value(node.inputs[0]).type,
                             &graph_.value(node.inputs[1]).type};
  if (!types[0]->has_rank || !types[1]->has_rank) return {};
  std::vector<Dim> met(std::max(types[0]->shape.size(), types[1]->shape.size()));
  bool any = false;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const Bounds bounds = of(node.inputs[side]);
    const std::vector<Dim>& other = types[1 - side]->shape;
    for (std::size_t i = 1; i <= std::min(bounds.size(), other.size()); ++i) {
      const SymbolId bound = bounds[bounds.size() - i];
      if (bound == kNone || !same(Dim(bound), other[other.size() - i])) continue;
      met[met.size() - i] = Dim(bound);
      any = true;
    }
  }
  return any ? met : std::vector<Dim>();
}

}  // namespace tern::passes
