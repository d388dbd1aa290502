// com.microsoft: arrangement of elements, and small steps that the other rules share.
#include "base/errors.h"
#include "import/onnx/microsoft_rules.h"
#include "tern/functions.h"

namespace tern::onnx {
namespace {

constexpr std::int64_t kMostSteps = std::int64_t{1} << 31;

}  // namespace

Value scalar(Value x) {
  return x.present() && x.type().has_rank && x.rank() == 0
             ? x
             : reshape(x, std::vector<std::int64_t>{});
}

Value size_at(Lowering& l, Value x, int axis) {
  if (axis < 0) axis += l.rank(x);
  return l.builder().op(ops::Shape{.end = axis + 1, .start = axis}, {x});
}

Value indices(Lowering& l, Value size) {
  GraphBuilder& b = l.builder();
  return b.op(ops::Range{},
              {b.scalar<std::int64_t>(0), squeeze(size, {0}), b.scalar<std::int64_t>(1)});
}

void expand_dims(Lowering& l) {
  const std::vector<std::int64_t> axis = l.constant_ints(1);
  if (axis.size() == 1) l.set(0, unsqueeze(l.input(0), axis));
}

void gather_nd(Lowering& l) {
  l.set(0, l.builder().op(ops::GatherND{}, {l.input(0), cast(l.input(1), DType::kI64)}));
}

void pad_by_input(Lowering& l) {
  const Value pads = reshape(l.input(1), {-1});
  const Value fill = l.has(2) ? scalar(l.input(2)) : Value();
  l.set(0, l.rest("Pad", {l.input(0), pads, fill}));
}

void range(Lowering& l) {
  const Value start = l.input(0);
  const Value delta = l.has(2) ? scalar(l.input(2)) : l.builder().scalar_of(start.dtype(), 1.0);
  l.set(0, l.builder().op(ops::Range{}, {scalar(start), scalar(l.input(1)), delta}));
}

void torch_embedding(Lowering& l) {
  // The other inputs say how the table is trained.
  l.set(0, gather(l.input(0), l.input(1)));
}

void trilu(Lowering& l) { l.set(0, l.rest("Trilu", {l.input(0), l.input(1)})); }

void unfold_tensor(Lowering& l) {
  const Value x = l.input(0);
  const int rank = l.rank(x);
  std::int64_t axis = l.integer("dim", -1);
  const std::int64_t size = l.integer("size");
  const std::int64_t step = l.integer("step", 1);
  if (axis < -rank || axis >= rank || size < 1 || step < 1 || size > kMostSteps ||
      step > kMostSteps) {
    l.fail(invalid_argument("pieces of {} every {} along axis {} of {}", size, step, axis, rank));
    return;
  }
  if (axis < 0) axis += rank;
  const auto number = [&](std::int64_t value) {
    return l.builder().constant(Tensor::vector<std::int64_t>({value}));
  };
  const Value pieces =
      (size_at(l, x, static_cast<int>(axis)) - number(size)) / number(step) + number(1);
  const Value at = unsqueeze(indices(l, pieces) * number(step), {1}) + indices(l, number(size));
  // The pieces' own axis goes to the end.
  std::vector<std::int64_t> order;
  for (std::int64_t i = 0; i <= rank; ++i) {
    if (i != axis + 1) order.push_back(i);
  }
  order.push_back(axis + 1);
  l.set(0, transpose(gather(x, at, axis), std::move(order)));
}

void unique(Lowering& l) {
  const std::vector<Value> results =
      l.builder().op_n(ops::Unique{.sorted = false}, {l.input(0)}, 4);
  l.set(0, results[0]);
  l.set(1, results[2]);
  l.set(2, results[3]);
}

}  // namespace tern::onnx
