#include "base/errors.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

struct ReverseSequenceImpl {
  static constexpr std::string_view summary =
      "The first entries of every batch row in reverse order.";
  static constexpr auto inputs = std::array{
      Port{"input", kAnyType}, Port{"sequence_lens", DType::kI64, PortKind::kRequired, 'I'}};
  static constexpr auto outputs = std::array{Port{"Y", kAnyType}};

  static Status infer(const ops::ReverseSequence& op, InferContext& c) {
    if (c.in[0].rank() < 2)
      return invalid_argument("the input has rank {}, below 2", c.in[0].rank());
    for (const std::int64_t axis : {op.time_axis, op.batch_axis}) {
      if (axis != 0 && axis != 1) return invalid_argument("axis {} is neither 0 nor 1", axis);
    }
    if (op.time_axis == op.batch_axis) {
      return invalid_argument("time and batch are both axis {}", op.time_axis);
    }
    TERN_TRY(ops::check_vector(c, 1, "sequence_lens"));
    const Dim& batch = c.in[0].shape[static_cast<std::size_t>(op.batch_axis)];
    if (Result<Dim> rows = ops::merge_dims(batch, c.in[1].shape[0]); !rows.ok()) {
      return std::move(rows).status().with_context("batch and sequence_lens");
    }
    c.out.push_back(c.in[0]);
    return {};
  }

  static void reference(const ops::ReverseSequence& op, ReferenceContext& c) {
    const Shape& shape = c.in(0).shape();
    const std::int64_t steps = shape[static_cast<int>(op.time_axis)];
    const std::int64_t rows = shape[static_cast<int>(op.batch_axis)];
    const std::int64_t inner = shape.elements(2, shape.rank());
    const auto* lengths = c.in(1).data<std::int64_t>();
    const auto at = [&](std::int64_t row, std::int64_t step) {
      return (op.time_axis == 0 ? step * rows + row : row * steps + step) * inner;
    };
    for (std::int64_t row = 0; row < rows; ++row) {
      const std::int64_t length = lengths[row];
      if (length < 0 || length > steps) {
        return c.fail(out_of_range("sequence length {} is outside [0, {}]", length, steps));
      }
      for (std::int64_t step = 0; step < steps; ++step) {
        const std::int64_t from = step < length ? length - 1 - step : step;
        copy_elements(c.in(0), at(row, from), c.out(0), at(row, step), inner);
      }
    }
  }

  static void gradient(const ops::ReverseSequence& op, GradContext& g) {
    g.set(0, g.builder().op(op, {g.grad(0), g.input(1)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ReverseSequence>() {
  static constexpr OpDef def =
      make_op<ops::ReverseSequence, ReverseSequenceImpl>("ReverseSequence", "ai.onnx", 10);
  return def;
}

}  // namespace tern
