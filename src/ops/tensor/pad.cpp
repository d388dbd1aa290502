#include <algorithm>

#include "base/errors.h"
#include "ops/grad.h"
#include "ops/tensor/dims.h"
#include "ops/tensor/padding.h"
#include "tern/functions.h"

namespace tern {
namespace {

struct PadImpl {
  static constexpr std::string_view summary = "Elements added around the input, or removed.";
  static constexpr auto inputs =
      std::array{Port{"data", kAnyType}, Port{"pads", DType::kI64, PortKind::kRequired, 'P'},
                 Port{"constant_value", kAnyType, PortKind::kOptional},
                 Port{"axes", kIndices, PortKind::kOptional, 'I'}};
  static constexpr auto outputs = std::array{Port{"output", kAnyType}};

  static Status infer(const ops::Pad& op, InferContext& c) {
    const TypeInfo& data = c.in[0];
    if (c.constant(2) != nullptr && c.constant(2)->elements() != 1) {
      return invalid_argument("constant_value has {} elements", c.constant(2)->elements());
    }
    const std::optional<std::vector<std::int64_t>> pads = c.ints(1);
    const std::optional<std::vector<std::int64_t>> axes = c.ints(3);
    if (!pads || (c.has(3) && !axes)) {
      c.out.emplace_back(data.dtype, std::vector<Dim>(data.shape.size()));
      return {};
    }
    TERN_ASSIGN_OR_RETURN(const std::vector<ops::AxisPad> all,
                          ops::axis_pads(*pads, axes ? &*axes : nullptr, data.rank()));
    TERN_ASSIGN_OR_RETURN(std::vector<Dim> out, ops::padded_dims(data.shape, all, op.mode));
    return ops::push_output(c, data.dtype, std::move(out));
  }

  static void reference(const ops::Pad& op, ReferenceContext& c) {
    const Tensor& data = c.in(0);
    Tensor& out = c.out(0);
    std::optional<std::vector<std::int64_t>> axes;
    if (c.has(3)) axes = ops::int_list(c.in(3));
    const Result<std::vector<ops::AxisPad>> pads =
        ops::axis_pads(ops::int_list(c.in(1)), axes ? &*axes : nullptr, data.rank());
    if (!pads.ok()) return c.fail(pads.status());
    const Result<Tensor> zero = Tensor::zeros(data.dtype(), {});
    if (!zero.ok()) return c.fail(zero.status());
    const Tensor& filler = c.has(2) ? c.in(2) : *zero;
    ops::for_each_padded(
        data.shape(), out.shape(), *pads, op.mode, [&](std::int64_t i, std::int64_t from) {
          copy_element(from < 0 ? filler : data, std::max<std::int64_t>(from, 0), out, i);
        });
  }

  static void gradient(const ops::Pad& op, GradContext& g) {
    const Value dx = g.builder().op(ops::PadGrad{.mode = op.mode},
                                    {g.grad(0), g.input(0), g.input(1), g.input(3)});
    if (g.wants(0)) g.set(0, dx);
    if (g.wants(2) && op.mode == ops::PadMode::kConstant) {
      // What did not come from data came from the constant.
      const Value filled = reduce_sum(g.grad(0), {}, false) - reduce_sum(dx, {}, false);
      g.set(2, reshape(filled, shape_of(g.input(2))));
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Pad>() {
  static constexpr OpDef def = make_op<ops::Pad, PadImpl>("Pad", "ai.onnx", 13);
  return def;
}

}  // namespace tern
