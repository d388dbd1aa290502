#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/quant/quantization.h"
#include "tern/ops/fused_quant.h"

namespace tern {
namespace {

// The result in steps of y, from numbers less their zero points.
float combine(const ops::QAdd&, double a, double b, float a_scale, float b_scale, float y_scale) {
  // Each product and the sum are rounded to f32.
  const auto u = static_cast<float>(a * double{a_scale / y_scale});
  const auto v = static_cast<float>(b * double{b_scale / y_scale});
  return u + v;
}
float combine(const ops::QMul&, double a, double b, float a_scale, float b_scale, float y_scale) {
  return static_cast<float>(a * b) * (a_scale * b_scale / y_scale);
}

template <class Op>
struct Summary;
template <>
struct Summary<ops::QAdd> {
  static constexpr std::string_view text = "a + b of quantised numbers, quantised.";
};
template <>
struct Summary<ops::QMul> {
  static constexpr std::string_view text = "a * b of quantised numbers, quantised.";
};

template <class Op>
struct QArithmeticImpl {
  static constexpr std::string_view summary = Summary<Op>::text;
  static constexpr auto inputs =
      std::array{Port{"a", ops::kBytes, PortKind::kRequired, 'A'},
                 Port{"a_scale", DType::kF32, PortKind::kRequired, 'S'},
                 Port{"a_zero_point", ops::kBytes, PortKind::kRequired, 'A'},
                 Port{"b", ops::kBytes, PortKind::kRequired, 'B'},
                 Port{"b_scale", DType::kF32, PortKind::kRequired, 'S'},
                 Port{"b_zero_point", ops::kBytes, PortKind::kRequired, 'B'},
                 Port{"y_scale", DType::kF32, PortKind::kRequired, 'S'},
                 Port{"y_zero_point", ops::kBytes, PortKind::kRequired, 'Y'}};
  static constexpr auto outputs = std::array{Port{"y", ops::kBytes, PortKind::kRequired, 'Y'}};

  static Status infer(const Op&, InferContext& c) {
    for (const std::size_t i : {1, 2, 4, 5, 6, 7}) {
      TERN_TRY(ops::check_scalar(inputs[i].name, c.in[i]));
    }
    TERN_TRY(ops::check_same_shape("b", c.in[3], "a", c.in[0]));
    TypeInfo y = c.in[0];
    y.dtype = c.in[7].dtype;
    c.out.push_back(std::move(y));
    return {};
  }

  static void reference(const Op& op, ReferenceContext& c) {
    const float a_scale = *c.in(1).data<float>();
    const float b_scale = *c.in(4).data<float>();
    const float y_scale = *c.in(6).data<float>();
    const FloatReader a(c.in(0));
    const FloatReader b(c.in(3));
    const double a_zero = FloatReader(c.in(2))[0];
    const double b_zero = FloatReader(c.in(5))[0];
    const double y_zero = FloatReader(c.in(7))[0];
    ops::QuantizedWriter y(c.out(0));
    y.limit(op.lo, op.hi);
    for (std::int64_t i = 0, n = c.in(0).elements(); i < n; ++i) {
      y.set(i, combine(op, a[i] - a_zero, b[i] - b_zero, a_scale, b_scale, y_scale), y_zero);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::QAdd>() {
  static constexpr OpDef def = make_op<ops::QAdd, QArithmeticImpl<ops::QAdd>>("QAdd", "tern", 1);
  return def;
}

template <>
const OpDef& def_of<ops::QMul>() {
  static constexpr OpDef def = make_op<ops::QMul, QArithmeticImpl<ops::QMul>>("QMul", "tern", 1);
  return def;
}

}  // namespace tern
