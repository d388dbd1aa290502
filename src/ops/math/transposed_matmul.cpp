#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/broadcast.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "tern/functions.h"
#include "tern/ops/fused_grad.h"

namespace tern {
namespace {

// One of the two operands: its matrices after the transposition that the attribute asks for.
struct Operand {
  Shape batch;
  std::int64_t rows, columns, row_stride, column_stride;

  Operand(const Shape& shape, bool transposed) : batch(shape.dims().first(shape.size() - 2)) {
    const std::int64_t height = shape[shape.rank() - 2];
    const std::int64_t width = shape.back();
    rows = transposed ? width : height;
    columns = transposed ? height : width;
    row_stride = transposed ? 1 : width;
    column_stride = transposed ? width : 1;
  }
};

struct TransposedMatMulImpl {
  static constexpr std::string_view summary = "alpha A' B' over the last two axes.";
  static constexpr auto inputs = std::array{Port{"A", kFloats}, Port{"B", kFloats}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::TransposedMatMul& op, InferContext& c) {
    for (const std::size_t i : {0, 1}) {
      if (c.in[i].rank() < 2) {
        return invalid_argument("{} has rank {}, not at least 2", inputs[i].name, c.in[i].rank());
      }
    }
    const auto size = [&](std::size_t i, bool last) {
      return c.in[i].shape[c.in[i].shape.size() - (last ? 1 : 2)];
    };
    const Dim ka = size(0, !op.trans_a);
    const Dim kb = size(1, op.trans_b);
    if (ka.known() && kb.known() && ka.value() != kb.value()) {
      return invalid_argument("A' has {} columns and B' has {} rows", ka.value(), kb.value());
    }
    const auto lead = [&](std::size_t i) {
      return std::span<const Dim>(c.in[i].shape).first(c.in[i].shape.size() - 2);
    };
    TERN_ASSIGN_OR_RETURN(std::vector<Dim> out, broadcast_dims(lead(0), lead(1)));
    out.push_back(size(0, op.trans_a));
    out.push_back(size(1, !op.trans_b));
    c.out.emplace_back(c.in[0].dtype, std::move(out));
    return {};
  }

  static void reference(const ops::TransposedMatMul& op, ReferenceContext& c) {
    const Operand a(c.in(0).shape(), op.trans_a);
    const Operand b(c.in(1).shape(), op.trans_b);
    const Shape batch = broadcast_shapes(a.batch, b.batch);
    const std::vector<double> x = read_f64(c.in(0));
    const std::vector<double> y = read_f64(c.in(1));
    const FloatWriter out(c.out(0));
    for_each_offset(batch, broadcast_strides(a.batch, batch), broadcast_strides(b.batch, batch),
                    [&](std::int64_t i, std::int64_t ia, std::int64_t ib) {
                      const double* left = x.data() + ia * a.rows * a.columns;
                      const double* right = y.data() + ib * b.rows * b.columns;
                      for (std::int64_t m = 0; m < a.rows; ++m) {
                        for (std::int64_t n = 0; n < b.columns; ++n) {
                          double sum = 0;
                          for (std::int64_t k = 0; k < a.columns; ++k) {
                            sum += left[m * a.row_stride + k * a.column_stride] *
                                   right[k * b.row_stride + n * b.column_stride];
                          }
                          out.set((i * a.rows + m) * b.columns + n, double{op.alpha} * sum);
                        }
                      }
                    });
  }

  static void gradient(const ops::TransposedMatMul& op, GradContext& g) {
    const Value a = g.input(0), b = g.input(1), dy = g.grad(0);
    const auto product = [&](Value left, bool trans_left, Value right, bool trans_right) {
      return g.builder().op(
          ops::TransposedMatMul{.alpha = op.alpha, .trans_a = trans_left, .trans_b = trans_right},
          {left, right});
    };
    if (g.wants(0)) {
      const Value da =
          op.trans_a ? product(b, op.trans_b, dy, true) : product(dy, false, b, !op.trans_b);
      g.set(0, sum_to_like(da, a));
    }
    if (g.wants(1)) {
      const Value db =
          op.trans_b ? product(dy, true, a, op.trans_a) : product(a, !op.trans_a, dy, false);
      g.set(1, sum_to_like(db, b));
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::TransposedMatMul>() {
  static constexpr OpDef def =
      make_op<ops::TransposedMatMul, TransposedMatMulImpl>("TransposedMatMul", "tern", 1);
  return def;
}

}  // namespace tern
