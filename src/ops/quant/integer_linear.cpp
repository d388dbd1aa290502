#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/activation.h"
#include "ops/elementwise.h"
#include "ops/quant/quantization.h"
#include "ops/quant/quantized_product.h"
#include "ops/reference.h"
#include "tern/ops/fused_quant.h"

namespace tern {
namespace {

struct IntegerLinearImpl {
  static constexpr std::string_view summary =
      "activation of a matrix product of bytes, scaled, with bias and residual.";
  static constexpr auto inputs =
      std::array{Port{"A", ops::kBytes, PortKind::kRequired, 'A'},
                 Port{"a_scale", DType::kF32, PortKind::kRequired, 'S'},
                 Port{"a_zero_point", ops::kBytes, PortKind::kOptional, 'A'},
                 Port{"B", ops::kBytes, PortKind::kRequired, 'B'},
                 Port{"b_scale", DType::kF32, PortKind::kRequired, 'S'},
                 Port{"b_zero_point", ops::kBytes, PortKind::kOptional, 'B'},
                 Port{"C", DType::kF32, PortKind::kOptional, 'S'},
                 Port{"Z", DType::kF32, PortKind::kOptional, 'S'}};
  static constexpr auto outputs = std::array{Port{"Y", DType::kF32, PortKind::kRequired, 'S'}};

  static Status infer(const ops::IntegerLinear&, InferContext& c) {
    const TypeInfo& a = c.in[0];
    const TypeInfo& b = c.in[3];
    if (a.rank() < 1 || b.rank() != 2) {
      return invalid_argument("A has rank {} and B rank {}, not at least 1 and 2", a.rank(),
                              b.rank());
    }
    const Dim& depth = a.shape.back();
    const Dim& k = b.shape[0];
    const Dim& n = b.shape[1];
    if (depth.known() && k.known() && depth.value() != k.value()) {
      return invalid_argument("A has {} columns and B has {} rows", depth.value(), k.value());
    }
    TERN_TRY(ops::check_scalar("a_scale", c.in[1]));
    if (c.has(2)) TERN_TRY(ops::check_scalar("a_zero_point", c.in[2]));
    TERN_TRY(check_columns("b_scale", c.in[4], n));
    if (c.has(5)) TERN_TRY(check_columns("b_zero_point", c.in[5], n));
    if (c.has(6)) {
      if (c.in[6].rank() != 1) return invalid_argument("C has rank {}, not 1", c.in[6].rank());
      const Dim& have = c.in[6].shape[0];
      if (have.known() && n.known() && have.value() != n.value()) {
        return invalid_argument("C has {} entries for {} columns", have.value(), n.value());
      }
    }
    TypeInfo y = a;
    y.dtype = DType::kF32;
    y.shape.back() = n;
    if (c.has(7)) TERN_TRY(ops::check_same_shape("Z", c.in[7], "the output", y));
    c.out.push_back(std::move(y));
    return {};
  }

  static void reference(const ops::IntegerLinear& op, ReferenceContext& c) {
    const Tensor* const a_zero = c.has(2) ? &c.in(2) : nullptr;
    const Tensor* const b_zero = c.has(5) ? &c.in(5) : nullptr;
    const std::vector<double> a = ops::centered(c.in(0), a_zero, ops::MatrixSide::kRows);
    const std::vector<double> b = ops::centered(c.in(3), b_zero, ops::MatrixSide::kColumns);
    const float a_scale = *c.in(1).data<float>();
    const auto b_scales = c.in(4).span<float>();
    const auto columns = static_cast<std::size_t>(c.out(0).shape().back());
    const auto depth = static_cast<std::size_t>(c.in(0).shape().back());
    const auto rows = static_cast<std::size_t>(c.out(0).shape().elements(0, c.out(0).rank() - 1));
    const float* bias = c.has(6) ? c.in(6).data<float>() : nullptr;
    std::vector<double> y(rows * columns);
    for (std::size_t m = 0; m < rows; ++m) {
      for (std::size_t n = 0; n < columns; ++n) {
        double sum = 0;
        for (std::size_t k = 0; k < depth; ++k) sum += a[m * depth + k] * b[k * columns + n];
        const float factor = a_scale * b_scales[b_scales.size() == 1 ? 0 : n];
        y[m * columns + n] = static_cast<float>(sum) * factor + (bias != nullptr ? bias[n] : 0.0F);
      }
    }
    ops::finish_fused(ops::activation_spec(op), c.has(7) ? &c.in(7) : nullptr, y);
    write_f64(y, c.out(0));
  }

 private:
  // One number or one per column.
  static Status check_columns(std::string_view name, const TypeInfo& scale, const Dim& n) {
    if (scale.rank() > 1) return invalid_argument("{} has rank {}, above 1", name, scale.rank());
    if (scale.rank() == 0) return {};
    const Dim& have = scale.shape[0];
    if (have.known() && n.known() && have.value() != 1 && have.value() != n.value()) {
      return invalid_argument("{} has {} entries for {} columns", name, have.value(), n.value());
    }
    return {};
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::IntegerLinear>() {
  static constexpr OpDef def =
      make_op<ops::IntegerLinear, IntegerLinearImpl>("IntegerLinear", "tern", 1);
  return def;
}

}  // namespace tern
