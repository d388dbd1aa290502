#include <cmath>

#include "base/errors.h"
#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

constexpr TypeSet kTypes = kFloats | kIndices | DType::kU32 | DType::kU64;

// Rows and columns of a matrix after the transposition that an attribute asks for.
struct Matrix {
  std::int64_t rows, columns, row_stride, column_stride;
  Matrix(const Shape& shape, bool transposed)
      : rows(shape[transposed ? 1 : 0]),
        columns(shape[transposed ? 0 : 1]),
        row_stride(transposed ? 1 : shape[1]),
        column_stride(transposed ? shape[1] : 1) {}
  std::int64_t at(std::int64_t row, std::int64_t column) const {
    return row * row_stride + column * column_stride;
  }
};

template <class T, class Reader, class Writer>
void multiply(const ops::Gemm& op, ReferenceContext& c) {
  const Matrix a(c.in(0).shape(), op.transA);
  const Matrix b(c.in(1).shape(), op.transB);
  const Reader x(c.in(0)), y(c.in(1));
  const Writer out(c.out(0));
  const std::vector<double> bias = [&] {
    std::vector<double> values(static_cast<std::size_t>(c.out(0).elements()), 0.0);
    if (!c.has(2)) return values;
    const FloatReader from(c.in(2));
    for_each_offset(c.out(0).shape(), broadcast_strides(c.in(2).shape(), c.out(0).shape()),
                    [&](std::int64_t i, std::int64_t k) {
                      values[static_cast<std::size_t>(i)] = op.beta * from[k];
                    });
    return values;
  }();
  for (std::int64_t m = 0; m < a.rows; ++m) {
    for (std::int64_t n = 0; n < b.columns; ++n) {
      T sum = 0;
      for (std::int64_t k = 0; k < a.columns; ++k) sum += x[a.at(m, k)] * y[b.at(k, n)];
      const std::int64_t i = m * b.columns + n;
      if (std::is_same_v<T, double> || op.alpha != 1.0f || c.has(2)) {
        out.set(i, static_cast<T>(op.alpha * static_cast<double>(sum) +
                                  bias[static_cast<std::size_t>(i)]));
      } else {
        out.set(i, sum);
      }
    }
  }
}

Status check_matrix(const TypeInfo& type, std::string_view name) {
  if (type.rank() == 2) return {};
  return invalid_argument("{} has rank {}, not 2", name, type.rank());
}

struct GemmImpl {
  static constexpr std::string_view summary = "alpha A' B' + beta C.";
  static constexpr auto inputs =
      std::array{Port{"A", kTypes}, Port{"B", kTypes}, Port{"C", kTypes, PortKind::kOptional}};
  static constexpr auto outputs = std::array{Port{"Y", kTypes}};

  static Status infer(const ops::Gemm& op, InferContext& c) {
    TERN_TRY(check_matrix(c.in[0], "A"));
    TERN_TRY(check_matrix(c.in[1], "B"));
    const Dim& inner_a = c.in[0].shape[op.transA ? 0 : 1];
    const Dim& inner_b = c.in[1].shape[op.transB ? 1 : 0];
    if (inner_a.known() && inner_b.known() && inner_a.value() != inner_b.value()) {
      return invalid_argument("A' has {} columns and B' has {} rows", inner_a.value(),
                              inner_b.value());
    }
    std::vector<Dim> out{c.in[0].shape[op.transA ? 1 : 0], c.in[1].shape[op.transB ? 0 : 1]};
    if (c.has(2)) {
      if (c.in[2].rank() > 2) return invalid_argument("C has rank {}", c.in[2].rank());
      // C is broadcast to the product, never the other way round.
      for (std::size_t i = 0; i < c.in[2].shape.size(); ++i) {
        const Dim& dim = c.in[2].shape[i];
        const Dim& of_product = out[2 - c.in[2].shape.size() + i];
        if (dim.known() && of_product.known() && dim.value() != 1 &&
            dim.value() != of_product.value()) {
          return invalid_argument("C has size {} where the product has {}", dim.value(),
                                  of_product.value());
        }
      }
    }
    c.out.emplace_back(c.in[0].dtype, std::move(out));
    return {};
  }

  static void reference(const ops::Gemm& op, ReferenceContext& c) {
    if (is_floating(c.in(0).dtype())) {
      multiply<double, FloatReader, FloatWriter>(op, c);
    } else {
      multiply<std::int64_t, IntReader, IntWriter>(op, c);
    }
  }

  static void gradient(const ops::Gemm& op, GradContext& g) {
    const Value a = g.input(0);
    const Value b = g.input(1);
    const Value dy = g.grad(0);
    const auto product = [&](Value left, bool trans_left, Value right, bool trans_right) {
      return gemm(left, right, {},
                  {.alpha = op.alpha, .transA = trans_left, .transB = trans_right});
    };
    if (g.wants(0)) {
      g.set(0, op.transA ? product(b, op.transB, dy, true) : product(dy, false, b, !op.transB));
    }
    if (g.wants(1)) {
      g.set(1, op.transB ? product(dy, true, a, op.transA) : product(a, !op.transA, dy, false));
    }
    if (g.wants(2)) {
      ops::set_broadcast_gradient(g, 2, op.beta == 1.0f ? dy : dy * op.beta);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Gemm>() {
  static constexpr OpDef def = make_op<ops::Gemm, GemmImpl>("Gemm", "ai.onnx", 11);
  return def;
}

}  // namespace tern
