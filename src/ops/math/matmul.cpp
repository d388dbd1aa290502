#include <algorithm>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/broadcast.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

constexpr TypeSet kTypes = kFloats | kIndices | DType::kU32 | DType::kU64;

// C[batch] = A[batch] B[batch] over concrete shapes; vectors count as one row or one column.
struct Geometry {
  Shape batch;
  Shape batch_strides_a;
  Shape batch_strides_b;
  std::int64_t m = 1, n = 1, k = 1;
};

Shape leading(const Shape& shape) {
  return Shape(shape.dims().first(static_cast<std::size_t>(std::max(0, shape.rank() - 2))));
}

Shape scaled(Shape strides, std::int64_t factor) {
  for (std::int64_t& stride : strides) stride *= factor;
  return strides;
}

Geometry geometry_of(const Shape& a, const Shape& b) {
  Geometry g;
  g.k = a.back();
  g.m = a.rank() >= 2 ? a[a.rank() - 2] : 1;
  g.n = b.rank() >= 2 ? b.back() : 1;
  g.batch = broadcast_shapes(leading(a), leading(b));
  g.batch_strides_a = scaled(broadcast_strides(leading(a), g.batch), g.m * g.k);
  g.batch_strides_b = scaled(broadcast_strides(leading(b), g.batch), g.k * g.n);
  return g;
}

template <class Reader, class Writer>
void multiply(const Geometry& g, const Reader& a, const Reader& b, const Writer& c) {
  for_each_offset(g.batch, g.batch_strides_a, g.batch_strides_b,
                  [&](std::int64_t batch, std::int64_t a0, std::int64_t b0) {
                    for (std::int64_t m = 0; m < g.m; ++m) {
                      for (std::int64_t n = 0; n < g.n; ++n) {
                        decltype(a[0] * b[0]) sum = 0;
                        for (std::int64_t k = 0; k < g.k; ++k)
                          sum += a[a0 + m * g.k + k] * b[b0 + k * g.n + n];
                        c.set((batch * g.m + m) * g.n + n, sum);
                      }
                    }
                  });
}

Value transposed(Value x) {
  std::vector<std::int64_t> order;
  for (int axis = 0; axis < x.rank(); ++axis) order.push_back(axis);
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return transpose(x, std::move(order));
}

struct MatMulImpl {
  static constexpr std::string_view summary = "Matrix product over the last two axes.";
  static constexpr auto inputs = std::array{Port{"A", kTypes}, Port{"B", kTypes}};
  static constexpr auto outputs = std::array{Port{"Y", kTypes}};

  static Status infer(const ops::MatMul&, InferContext& c) {
    const std::vector<Dim>& a = c.in[0].shape;
    const std::vector<Dim>& b = c.in[1].shape;
    if (a.empty() || b.empty()) return invalid_argument("a scalar has no matrix product");
    const Dim& ka = a.back();
    const Dim& kb = b.size() >= 2 ? b[b.size() - 2] : b.back();
    if (ka.known() && kb.known() && ka.value() != kb.value()) {
      return invalid_argument("A has {} columns and B has {} rows", ka.value(), kb.value());
    }
    const std::span<const Dim> lead_a(a.data(), a.size() >= 2 ? a.size() - 2 : 0);
    const std::span<const Dim> lead_b(b.data(), b.size() >= 2 ? b.size() - 2 : 0);
    TERN_ASSIGN_OR_RETURN(std::vector<Dim> out, broadcast_dims(lead_a, lead_b));
    if (a.size() >= 2) out.push_back(a[a.size() - 2]);
    if (b.size() >= 2) out.push_back(b.back());
    c.out.emplace_back(c.in[0].dtype, std::move(out));
    return {};
  }

  static void reference(const ops::MatMul&, ReferenceContext& c) {
    const Geometry g = geometry_of(c.in(0).shape(), c.in(1).shape());
    if (is_floating(c.in(0).dtype())) {
      multiply(g, FloatReader(c.in(0)), FloatReader(c.in(1)), FloatWriter(c.out(0)));
    } else {
      multiply(g, IntReader(c.in(0)), IntReader(c.in(1)), IntWriter(c.out(0)));
    }
  }

  static void gradient(const ops::MatMul&, GradContext& g) {
    // Vectors become matrices first, so that one rule serves every rank.
    const Value a = g.input(0).rank() == 1 ? unsqueeze(g.input(0), {0}) : g.input(0);
    const Value b = g.input(1).rank() == 1 ? unsqueeze(g.input(1), {1}) : g.input(1);
    Value dy = g.grad(0);
    if (g.input(1).rank() == 1) dy = unsqueeze(dy, {-1});
    if (g.input(0).rank() == 1) dy = unsqueeze(dy, {-2});
    if (g.wants(0)) {
      const Value da = sum_to_like(matmul(dy, transposed(b)), a);
      g.set(0, g.input(0).rank() == 1 ? squeeze(da, {0}) : da);
    }
    if (g.wants(1)) {
      const Value db = sum_to_like(matmul(transposed(a), dy), b);
      g.set(1, g.input(1).rank() == 1 ? squeeze(db, {1}) : db);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::MatMul>() {
  static constexpr OpDef def = make_op<ops::MatMul, MatMulImpl>("MatMul", "ai.onnx", 13);
  return def;
}

}  // namespace tern
