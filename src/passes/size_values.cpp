#include "passes/size_values.h"

#include <algorithm>

#include "base/checked_math.h"
#include "ops/axes.h"
#include "passes/rewrite.h"
#include "tern/ops/math.h"
#include "tern/ops/tensor.h"

namespace tern::passes {
namespace {

constexpr std::int64_t kMaxElements = 32;

bool holds_sizes(const TypeInfo& type) {
  const bool fits =
      type.dtype == DType::kI64 || type.dtype == DType::kI32 || type.dtype == DType::kBool;
  return fits && type.has_rank && type.rank() <= 1;
}

// An i32 wraps around where this arithmetic does not.
bool fits(const Size& size, DType dtype) {
  return dtype != DType::kI32 || !size.number ||
         checked_cast<std::int32_t>(*size.number).has_value();
}

std::optional<std::int64_t> at_front(std::int64_t index, std::size_t length) {
  const auto size = static_cast<std::int64_t>(length);
  if (index < -size || index >= size) return std::nullopt;
  return index < 0 ? index + size : index;
}

Size sum(const Size& a, const Size& b) {
  if (a.number && b.number) {
    if (const auto value = checked_add(*a.number, *b.number)) return Size::of(*value);
    return {};
  }
  if (a.number == 0) return b;
  return b.number == 0 ? a : Size();
}

Size difference(const Size& a, const Size& b) {
  if (a.number && b.number) {
    if (const auto value = checked_sub(*a.number, *b.number)) return Size::of(*value);
    return {};
  }
  if (a.named() && a.symbol == b.symbol) return Size::of(0);
  return b.number == 0 ? a : Size();
}

Size product(const Size& a, const Size& b) {
  if (a.number && b.number) {
    if (const auto value = checked_mul(*a.number, *b.number)) return Size::of(*value);
    return {};
  }
  if (a.number == 1) return b;
  return b.number == 1 ? a : Size();
}

// Integers are divided towards zero.
Size quotient(const Size& a, const Size& b) {
  if (a.number && b.number && *b.number > 0) return Size::of(*a.number / *b.number);
  return b.number == 1 ? a : Size();
}

// A size that has a name is not negative, whatever it is.
Size equality(const Size& a, const Size& b) {
  if (a.number && b.number) return Size::of(*a.number == *b.number);
  if (a.named() && a.symbol == b.symbol) return Size::of(1);
  const bool differ =
      (a.named() && b.number && *b.number < 0) || (b.named() && a.number && *a.number < 0);
  return differ ? Size::of(0) : Size();
}

using Rule = Size (*)(const Size&, const Size&);

Rule binary_rule(const Op& op) {
  if (op.is<ops::Add>()) return sum;
  if (op.is<ops::Sub>()) return difference;
  if (op.is<ops::Mul>()) return product;
  if (op.is<ops::Div>()) return quotient;
  return op.is<ops::Equal>() ? equality : nullptr;
}

// Passes its input's elements on, one by one. A cast to bool does not.
bool keeps_elements(const Op& op) {
  if (const auto* cast = op.as<ops::Cast>()) return cast->to != DType::kBool;
  return op.is<ops::Identity>() || op.is<ops::Squeeze>() || op.is<ops::Unsqueeze>() ||
         op.is<ops::Reshape>() || op.is<ops::Flatten>();
}

// Element i where a tensor of one element is repeated.
const Size& repeated(const Sizes& sizes, std::size_t i) {
  return sizes.size() == 1 ? sizes[0] : sizes[i];
}

}  // namespace

std::optional<Sizes> SizeValues::of(ValueId id) const {
  if (id == kNoValue) return std::nullopt;
  if (const auto found = known_.find(id); found != known_.end()) return found->second;
  const Tensor* constant = graph_.constant(id);
  if (constant == nullptr || constant->rank() > 1 || constant->elements() > kMaxElements) {
    return std::nullopt;
  }
  Sizes sizes;
  if (constant->dtype() == DType::kBool) {
    for (const bool value : constant->span<bool>()) sizes.push_back(Size::of(value));
    return sizes;
  }
  const std::optional<std::vector<std::int64_t>> values = constant_ints(graph_, id);
  if (!values) return std::nullopt;
  for (const std::int64_t value : *values) sizes.push_back(Size::of(value));
  return sizes;
}

void SizeValues::visit(const Node& node) {
  if (node.outputs.size() != 1 || node.outputs[0] == kNoValue || node.inputs.empty()) return;
  if (node.op.domain() != "ai.onnx" || !node.regions.empty()) return;
  if (!holds_sizes(graph_.value(node.outputs[0]).type)) return;
  std::optional<Sizes> sizes = result_of(node);
  if (!sizes || static_cast<std::int64_t>(sizes->size()) > kMaxElements) return;
  const DType dtype = graph_.value(node.outputs[0]).type.dtype;
  for (Size& size : *sizes) {
    if (!fits(size, dtype)) size = {};
  }
  const bool useful =
      std::ranges::any_of(*sizes, [](const Size& size) { return size.number || size.named(); });
  if (useful) known_[node.outputs[0]] = std::move(*sizes);
}

std::optional<Sizes> SizeValues::result_of(const Node& node) const {
  if (node.op.is<ops::Shape>()) return shape(node);
  if (node.op.is<ops::Gather>()) return gather(node);
  if (node.op.is<ops::Slice>()) return slice(node);
  if (node.op.is<ops::Concat>()) return concat(node);
  if (node.op.is<ops::ConstantOfShape>()) return constant_of_shape(node);
  if (node.op.is<ops::Where>()) return where(node);
  if (keeps_elements(node.op)) return of(node.inputs[0]);
  return binary(node);
}

std::optional<Sizes> SizeValues::shape(const Node& node) const {
  const TypeInfo& type = graph_.value(node.inputs[0]).type;
  if (!type.has_rank) return std::nullopt;
  const auto& op = *node.op.as<ops::Shape>();
  const auto clamp = [&](std::int64_t axis) {
    return std::clamp<std::int64_t>(axis < 0 ? axis + type.rank() : axis, 0, type.rank());
  };
  Sizes sizes;
  for (std::int64_t i = clamp(op.start); i < clamp(op.end.value_or(type.rank())); ++i) {
    sizes.push_back(Size::of(type.shape[static_cast<std::size_t>(i)]));
  }
  return sizes;
}

std::optional<Sizes> SizeValues::gather(const Node& node) const {
  const std::optional<Sizes> data = of(node.inputs[0]);
  const std::optional<Sizes> indices = of(node.inputs[1]);
  if (!data || !indices || graph_.value(node.inputs[0]).type.rank() != 1) return std::nullopt;
  Sizes sizes;
  for (const Size& index : *indices) {
    if (!index.number) return std::nullopt;
    const std::optional<std::int64_t> i = at_front(*index.number, data->size());
    if (!i) return std::nullopt;
    sizes.push_back((*data)[static_cast<std::size_t>(*i)]);
  }
  return sizes;
}

std::optional<std::vector<SliceCut>> SizeValues::slice_cuts(const Node& node) const {
  const TypeInfo& data = graph_.value(node.inputs[0]).type;
  const std::optional<Sizes> begin = of(node.inputs[1]);
  const std::optional<Sizes> end = of(node.inputs[2]);
  if (!data.has_rank || !begin || !end || begin->size() != end->size()) return std::nullopt;
  Sizes axes, steps(begin->size(), Size::of(1));
  for (std::size_t i = 0; i < begin->size(); ++i) {
    axes.push_back(Size::of(static_cast<std::int64_t>(i)));
  }
  for (auto& [operand, sizes] : {std::pair{3, &axes}, std::pair{4, &steps}}) {
    const ValueId given = input_of(node, static_cast<std::size_t>(operand));
    if (given == kNoValue) continue;
    std::optional<Sizes> known = of(given);
    if (!known || known->size() != begin->size()) return std::nullopt;
    *sizes = *std::move(known);
  }
  std::vector<SliceCut> cuts;
  for (std::size_t i = 0; i < begin->size(); ++i) {
    if (!axes[i].number) return std::nullopt;
    const std::int64_t axis = *axes[i].number + (*axes[i].number < 0 ? data.rank() : 0);
    if (axis < 0 || axis >= data.rank()) return std::nullopt;
    cuts.push_back({static_cast<int>(axis), (*begin)[i], (*end)[i], steps[i]});
  }
  return cuts;
}

std::optional<Sizes> SizeValues::slice(const Node& node) const {
  const std::optional<Sizes> data = of(node.inputs[0]);
  const std::optional<Sizes> begin = of(node.inputs[1]);
  const std::optional<Sizes> end = of(node.inputs[2]);
  if (!data || !begin || !end || begin->size() != 1 || end->size() != 1) return std::nullopt;
  if (!(*begin)[0].number || !(*end)[0].number) return std::nullopt;
  if (const ValueId steps = input_of(node, 4); steps != kNoValue) {
    const std::optional<Sizes> step = of(steps);
    if (!step || step->size() != 1 || (*step)[0].number != 1) return std::nullopt;
  }
  const auto length = static_cast<std::int64_t>(data->size());
  const auto clamp = [&](std::int64_t i) {
    return std::clamp<std::int64_t>(i < 0 ? i + length : i, 0, length);
  };
  const std::int64_t first = clamp(*(*begin)[0].number);
  const std::int64_t last = std::max(first, clamp(*(*end)[0].number));
  return Sizes(data->begin() + first, data->begin() + last);
}

std::optional<Sizes> SizeValues::concat(const Node& node) const {
  Sizes sizes;
  for (const ValueId input : node.inputs) {
    const TypeInfo& type = graph_.value(input).type;
    if (!type.has_rank || type.rank() != 1 || !type.shape[0].known()) return std::nullopt;
    if (type.shape[0].value() > kMaxElements) return std::nullopt;
    const std::optional<Sizes> part = of(input);
    if (part) {
      sizes.insert(sizes.end(), part->begin(), part->end());
    } else {
      sizes.resize(sizes.size() + static_cast<std::size_t>(type.shape[0].value()));
    }
  }
  return sizes;
}

std::optional<Sizes> SizeValues::constant_of_shape(const Node& node) const {
  const std::optional<Sizes> shape = of(node.inputs[0]);
  const Tensor& value = node.op.as<ops::ConstantOfShape>()->value;
  if (!shape || shape->size() != 1 || !(*shape)[0].number) return std::nullopt;
  if (!value.defined() || value.dtype() != DType::kI64 || value.elements() != 1) {
    return std::nullopt;
  }
  const std::int64_t count = *(*shape)[0].number;
  if (count < 0 || count > kMaxElements) return std::nullopt;
  return Sizes(static_cast<std::size_t>(count), Size::of(value.data<std::int64_t>()[0]));
}

std::optional<Sizes> SizeValues::where(const Node& node) const {
  const std::optional<Sizes> condition = of(node.inputs[0]);
  const std::optional<Sizes> yes = of(node.inputs[1]);
  const std::optional<Sizes> no = of(node.inputs[2]);
  if (!condition || !yes || !no) return std::nullopt;
  const std::size_t count = std::max({condition->size(), yes->size(), no->size()});
  Sizes sizes;
  for (const Sizes* part : {&*condition, &*yes, &*no}) {
    if (part->size() != count && part->size() != 1) return std::nullopt;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::optional<std::int64_t> truth = repeated(*condition, i).number;
    sizes.push_back(!truth ? Size() : repeated(*truth != 0 ? *yes : *no, i));
  }
  return sizes;
}

std::optional<Sizes> SizeValues::binary(const Node& node) const {
  const Rule rule = binary_rule(node.op);
  if (rule == nullptr || node.inputs.size() != 2) return std::nullopt;
  const std::optional<Sizes> a = of(node.inputs[0]);
  const std::optional<Sizes> b = of(node.inputs[1]);
  if (!a || !b || a->empty() || b->empty()) return std::nullopt;
  const std::size_t count = std::max(a->size(), b->size());
  if ((a->size() != count && a->size() != 1) || (b->size() != count && b->size() != 1)) {
    return std::nullopt;
  }
  Sizes sizes;
  for (std::size_t i = 0; i < count; ++i) sizes.push_back(rule(repeated(*a, i), repeated(*b, i)));
  return sizes;
}

}  // namespace tern::passes
