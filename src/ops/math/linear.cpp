#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/activation.h"
#include "ops/elementwise.h"
#include "ops/reference.h"
#include "tern/ops/fused.h"

namespace tern {
namespace {

struct LinearImpl {
  static constexpr std::string_view summary = "activation(X W + B + Z), W one matrix.";
  static constexpr auto inputs =
      std::array{Port{"X", kFloats}, Port{"W", kFloats}, Port{"B", kFloats, PortKind::kOptional},
                 Port{"Z", kFloats, PortKind::kOptional}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::Linear& op, InferContext& c) {
    const TypeInfo& x = c.in[0];
    const TypeInfo& w = c.in[1];
    if (x.rank() < 1 || w.rank() != 2) {
      return invalid_argument("X has rank {} and W rank {}, not at least 1 and 2", x.rank(),
                              w.rank());
    }
    const Dim& k = w.shape[op.trans_b ? 1 : 0];
    const Dim& n = w.shape[op.trans_b ? 0 : 1];
    if (x.shape.back().known() && k.known() && x.shape.back().value() != k.value()) {
      return invalid_argument("X has {} columns and W has {} rows", x.shape.back().value(),
                              k.value());
    }
    if (c.has(2) && c.in[2].rank() != 1) {
      return invalid_argument("bias has rank {}, not 1", c.in[2].rank());
    }
    if (c.has(2) && c.in[2].shape[0].known() && n.known() &&
        c.in[2].shape[0].value() != n.value()) {
      return invalid_argument("bias has {} entries for {} columns", c.in[2].shape[0].value(),
                              n.value());
    }
    TypeInfo y = x;
    y.shape.back() = n;
    if (c.has(3)) TERN_TRY(ops::check_same_shape("Z", c.in[3], "the output", y));
    c.out.push_back(std::move(y));
    return {};
  }

  static void reference(const ops::Linear& op, ReferenceContext& c) {
    const std::vector<double> x = read_f64(c.in(0));
    const std::vector<double> w = read_f64(c.in(1));
    const auto columns = static_cast<std::size_t>(c.out(0).shape().back());
    const auto depth = static_cast<std::size_t>(c.in(0).shape().back());
    const auto rows = static_cast<std::size_t>(c.out(0).shape().elements(0, c.out(0).rank() - 1));
    const std::vector<double> bias =
        c.has(2) ? read_f64(c.in(2)) : std::vector<double>(columns, 0.0);
    std::vector<double> y(rows * columns);
    for (std::size_t m = 0; m < rows; ++m) {
      for (std::size_t n = 0; n < columns; ++n) {
        double sum = bias[n];
        for (std::size_t k = 0; k < depth; ++k) {
          sum += x[m * depth + k] * (op.trans_b ? w[n * depth + k] : w[k * columns + n]);
        }
        y[m * columns + n] = sum;
      }
    }
    ops::finish_fused(ops::activation_spec(op), c.has(3) ? &c.in(3) : nullptr, y);
    write_f64(y, c.out(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Linear>() {
  static constexpr OpDef def = make_op<ops::Linear, LinearImpl>("Linear", "tern", 1);
  return def;
}

}  // namespace tern
