#include "base/errors.h"
#include "ops/axes.h"
#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

constexpr TypeSet kTypes = kFloats | kIndices | DType::kU32 | DType::kU64;

template <class T, class Reader, class Writer>
void running_sums(const ops::CumSum& op, ReferenceContext& c, int axis) {
  const Reader x(c.in(0));
  const Writer y(c.out(0));
  const AxisSplit s = split_at(c.in(0).shape(), axis);
  for (std::int64_t o = 0; o < s.outer; ++o) {
    for (std::int64_t i = 0; i < s.inner; ++i) {
      T sum = 0;
      for (std::int64_t k = 0; k < s.size; ++k) {
        const std::int64_t along = op.reverse ? s.size - 1 - k : k;
        const std::int64_t at = (o * s.size + along) * s.inner + i;
        const T next = sum + static_cast<T>(x[at]);
        y.set(at, op.exclusive ? sum : next);
        sum = next;
      }
    }
  }
}

struct CumSumImpl {
  static constexpr std::string_view summary = "Running sums along an axis.";
  static constexpr auto inputs =
      std::array{Port{"x", kTypes}, Port{"axis", kIndices, PortKind::kRequired, 'I'}};
  static constexpr auto outputs = std::array{Port{"y", kTypes}};

  static Status infer(const ops::CumSum&, InferContext& c) {
    if (const auto axis = c.ints(1)) {
      if (axis->size() != 1) return invalid_argument("axis has {} elements", axis->size());
      if (Result<int> checked = normalize_axis((*axis)[0], c.in[0].rank()); !checked.ok()) {
        return checked.status();
      }
    }
    return ops::infer_same(c);
  }

  static void reference(const ops::CumSum& op, ReferenceContext& c) {
    const Result<int> axis = normalize_axis(IntReader(c.in(1))[0], c.in(0).rank());
    if (!axis.ok()) return c.fail(axis.status());
    if (is_floating(c.in(0).dtype())) {
      running_sums<double, FloatReader, FloatWriter>(op, c, *axis);
    } else {
      // Unsigned, so that a sum that overflows wraps around.
      running_sums<std::uint64_t, IntReader, IntWriter>(op, c, *axis);
    }
  }

  static void gradient(const ops::CumSum& op, GradContext& g) {
    const ops::CumSum backwards{.exclusive = op.exclusive, .reverse = !op.reverse};
    g.set(0, g.builder().op(backwards, {g.grad(0), g.input(1)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::CumSum>() {
  static constexpr OpDef def = make_op<ops::CumSum, CumSumImpl>("CumSum", "ai.onnx", 11);
  return def;
}

}  // namespace tern
