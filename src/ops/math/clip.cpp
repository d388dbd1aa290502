#include <limits>

#include "base/errors.h"
#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct ClipImpl {
  static constexpr std::string_view summary = "min(max(X, low), high).";
  static constexpr auto inputs =
      std::array{Port{"input", kNumeric}, Port{"min", kNumeric, PortKind::kOptional},
                 Port{"max", kNumeric, PortKind::kOptional}};
  static constexpr auto outputs = std::array{Port{"output", kNumeric}};

  static Status infer(const ops::Clip&, InferContext& c) {
    for (std::size_t i = 1; i < c.in.size(); ++i) {
      if (!c.has(i)) continue;
      // A vector of one element is what some exporters write.
      const std::vector<Dim>& shape = c.in[i].shape;
      if (shape.size() > 1 || (shape.size() == 1 && shape[0].known() && shape[0].value() != 1)) {
        return invalid_argument("{} is no scalar", i == 1 ? "min" : "max");
      }
    }
    return ops::infer_same(c);
  }

  static void reference(const ops::Clip&, ReferenceContext& c) {
    switch (ops::arithmetic_of(c.in(0).dtype())) {
      case ops::Arithmetic::kFloating:
        return clip<double, FloatReader, FloatWriter>(c, std::numeric_limits<double>::infinity());
      case ops::Arithmetic::kSigned: return clip<std::int64_t, IntReader, IntWriter>(c);
      case ops::Arithmetic::kUnsigned: return clip<std::uint64_t, IntReader, IntWriter>(c);
    }
  }

  static void gradient(const ops::Clip&, GradContext& g) {
    const Value x = g.input(0);
    const Value low = g.input(1);
    const Value high = g.input(2);
    const Value dy = g.grad(0);
    // The upper bound is applied last, so it also wins over a lower bound above it.
    Value to_x = dy;
    if (low.present()) to_x = where(less(x, low), 0.0, to_x);
    if (high.present()) to_x = where(greater(x, high), 0.0, to_x);
    if (g.wants(0)) g.set(0, to_x);
    if (g.wants(1)) {
      Value below = where(less(x, low), dy, 0.0);
      if (high.present()) below = where(greater(low, high), 0.0, below);
      ops::set_broadcast_gradient(g, 1, below);
    }
    if (g.wants(2)) {
      const Value larger = low.present() ? maximum(x, low) : x;
      ops::set_broadcast_gradient(g, 2, where(greater(larger, high), dy, 0.0));
    }
  }

 private:
  template <class T, class Reader, class Writer>
  static void clip(ReferenceContext& c, T limit = std::numeric_limits<T>::max()) {
    const T lowest =
        std::is_same_v<T, double> ? static_cast<T>(-limit) : std::numeric_limits<T>::min();
    const T low = c.has(1) ? static_cast<T>(Reader(c.in(1))[0]) : lowest;
    const T high = c.has(2) ? static_cast<T>(Reader(c.in(2))[0]) : limit;
    const Reader x(c.in(0));
    const Writer y(c.out(0));
    for (std::int64_t i = 0, n = c.out(0).elements(); i < n; ++i) {
      // In this order a NaN of X stays one.
      T value = static_cast<T>(x[i]);
      if (value < low) value = low;
      if (value > high) value = high;
      y.set(i, value);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Clip>() {
  static constexpr OpDef def = make_op<ops::Clip, ClipImpl>("Clip", "ai.onnx", 12);
  return def;
}

}  // namespace tern
