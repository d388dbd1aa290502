#include "base/errors.h"
#include "ops/axes.h"
#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/arithmetic.h"

namespace tern {
namespace {

constexpr TypeSet kTypes = kFloats | kIndices | DType::kU32 | DType::kU64;

template <class T, class Reader, class Writer>
void running_products(const ops::CumProd& op, ReferenceContext& c, int axis) {
  const Reader x(c.in(0));
  const Writer y(c.out(0));
  const AxisSplit s = split_at(c.in(0).shape(), axis);
  for (std::int64_t o = 0; o < s.outer; ++o) {
    for (std::int64_t i = 0; i < s.inner; ++i) {
      T product = 1;
      for (std::int64_t k = 0; k < s.size; ++k) {
        const std::int64_t along = op.reverse ? s.size - 1 - k : k;
        const std::int64_t at = (o * s.size + along) * s.inner + i;
        const T next = product * static_cast<T>(x[at]);
        y.set(at, op.exclusive ? product : next);
        product = next;
      }
    }
  }
}

struct CumProdImpl {
  static constexpr std::string_view summary = "Running products along an axis.";
  static constexpr auto inputs =
      std::array{Port{"x", kTypes}, Port{"axis", kIndices, PortKind::kRequired, 'I'}};
  static constexpr auto outputs = std::array{Port{"y", kTypes}};

  static Status infer(const ops::CumProd&, InferContext& c) {
    TERN_TRY(ops::check_scalar("axis", c.in[1]));
    if (const auto axis = c.ints(1)) {
      if (Result<int> checked = normalize_axis((*axis)[0], c.in[0].rank()); !checked.ok()) {
        return checked.status();
      }
    }
    return ops::infer_same(c);
  }

  static void reference(const ops::CumProd& op, ReferenceContext& c) {
    const Result<int> axis = normalize_axis(IntReader(c.in(1))[0], c.in(0).rank());
    if (!axis.ok()) return c.fail(axis.status());
    if (is_floating(c.in(0).dtype())) {
      running_products<double, FloatReader, FloatWriter>(op, c, *axis);
    } else {
      // Unsigned, so that a product that overflows wraps around.
      running_products<std::uint64_t, IntReader, IntWriter>(op, c, *axis);
    }
  }

  // Before the first zero, dx[i] is the sum of dy[k] y[k] over the products that contain x[i],
  // divided by x[i]. The first zero gets the same with the products that lack it; behind it every
  // product is zero whatever x[i] is.
  static void gradient(const ops::CumProd& op, GradContext& g) {
    GraphBuilder& b = g.builder();
    const Value x = g.input(0);
    const Value axis = g.input(1);
    const auto sum_over_products = [&](Value products) {
      const ops::CumSum back{.exclusive = op.exclusive, .reverse = !op.reverse};
      return b.op(back, {g.grad(0) * products, axis});
    };
    const Value zero = equal(x, 0.0);
    const Value zeros = b.op(ops::CumSum{.reverse = op.reverse}, {cast(zero, x.dtype()), axis});
    const Value is_first = logical_and(zero, equal(zeros, 1.0));
    const Value without_first = b.op(op, {where(is_first, 1.0, x), axis});
    const Value of_first = where(is_first, sum_over_products(without_first), 0.0);
    const Value before = sum_over_products(g.output(0)) / where(zero, 1.0, x);
    g.set(0, where(equal(zeros, 0.0), before, of_first));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::CumProd>() {
  static constexpr OpDef def = make_op<ops::CumProd, CumProdImpl>("CumProd", "ai.onnx", 26);
  return def;
}

}  // namespace tern
