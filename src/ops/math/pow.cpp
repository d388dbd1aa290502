#include <cmath>
#include <optional>

#include "base/errors.h"
#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

constexpr TypeSet kTypes = kFloats | kIndices;

// By squaring, modulo 2^64. A negative exponent gives the whole part of the fraction.
std::int64_t power(std::int64_t base, std::int64_t exponent) {
  if (exponent < 0) {
    if (base == 1) return 1;
    if (base == -1) return exponent % 2 == 0 ? 1 : -1;
    return 0;
  }
  std::uint64_t result = 1;
  for (auto square = static_cast<std::uint64_t>(base); exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) result *= square;
    square *= square;
  }
  return static_cast<std::int64_t>(result);
}

// Calls f(i, base, exponent) for every element.
template <class Base, class Exponent, class F>
void for_each_pair(const ReferenceContext& c, const Shape& out, F f) {
  const Base x(c.in(0));
  const Exponent y(c.in(1));
  for_each_offset(out, broadcast_strides(c.in(0).shape(), out),
                  broadcast_strides(c.in(1).shape(), out),
                  [&](std::int64_t i, std::int64_t ix, std::int64_t iy) { f(i, x[ix], y[iy]); });
}

// The only element of a constant exponent.
std::optional<double> known_exponent(GradContext& g) {
  const Tensor* exponent = g.builder().graph().constant(g.input(1).id());
  if (exponent == nullptr || exponent->elements() != 1) return std::nullopt;
  return FloatReader(*exponent)[0];
}

struct PowImpl {
  static constexpr std::string_view summary = "X to the power Y.";
  static constexpr auto inputs =
      std::array{Port{"X", kTypes}, Port{"Y", kNumeric, PortKind::kRequired, 'E'}};
  static constexpr auto outputs = std::array{Port{"Z", kTypes}};

  static Status infer(const ops::Pow&, InferContext& c) { return ops::infer_broadcast(c); }

  static void reference(const ops::Pow&, ReferenceContext& c) {
    const Shape& out = c.out(0).shape();
    const FloatWriter floats(c.out(0));
    const IntWriter integers(c.out(0));
    if (is_floating(c.in(0).dtype())) {
      for_each_pair<FloatReader, FloatReader>(
          c, out, [&](std::int64_t i, double x, double y) { floats.set(i, std::pow(x, y)); });
    } else if (is_floating(c.in(1).dtype())) {
      for_each_pair<FloatReader, FloatReader>(c, out, [&](std::int64_t i, double x, double y) {
        integers.set(i, static_cast<std::int64_t>(std::pow(x, y)));
      });
    } else {
      for_each_pair<IntReader, IntReader>(
          c, out,
          [&](std::int64_t i, std::int64_t x, std::int64_t y) { integers.set(i, power(x, y)); });
    }
  }

  static void gradient(const ops::Pow&, GradContext& g) {
    const Value x = g.input(0);
    const Value z = g.output(0);
    const Value dz = g.grad(0);
    const std::optional<double> constant = known_exponent(g);
    if (g.wants(0) && constant) {
      ops::set_broadcast_gradient(g, 0, dz * slope_for(x, z, *constant));
    } else if (g.input(1).dtype() != x.dtype()) {
      return g.builder().fail(unimplemented("the gradient of {} to the power {}",
                                            to_string(x.dtype()), to_string(g.input(1).dtype())));
    } else if (g.wants(0)) {
      const Value y = g.input(1);
      // x^(y-1) is infinite for x = 0, y = 0, where the slope is 0.
      const Value slope = where(equal(y, 0.0), 0.0, y * pow(x, y - 1.0));
      ops::set_broadcast_gradient(g, 0, dz * slope);
    }
    if (g.wants(1)) {
      // z ln(x), which is 0 for x = 0 and not defined below
      const Value logarithm = where(equal(x, 0.0), 0.0, log(x));
      ops::set_broadcast_gradient(g, 1, dz * z * logarithm);
    }
  }

 private:
  static Value slope_for(Value x, Value z, double exponent) {
    if (exponent == 0) return x * 0.0;
    if (exponent == 1) return x * 0.0 + 1.0;
    if (exponent == 2) return x * 2.0;
    if (exponent == 0.5) return 0.5 / z;
    return pow(x, exponent - 1) * exponent;
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Pow>() {
  static constexpr OpDef def = make_op<ops::Pow, PowImpl>("Pow", "ai.onnx", 12);
  return def;
}

}  // namespace tern
