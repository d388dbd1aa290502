#include <cmath>

#include "base/errors.h"
#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

// The remainder with the sign of the dividend, as in C.
struct Truncated {
  static constexpr TypeSet types = kNumeric;
  static double apply(double a, double b) { return std::fmod(a, b); }
  static std::int64_t apply(std::int64_t a, std::int64_t b) {
    return b == 0 || b == -1 ? 0 : a % b;
  }
  static std::uint64_t apply(std::uint64_t a, std::uint64_t b) { return b == 0 ? 0 : a % b; }
};

// The remainder with the sign of the divisor, as in Python.
struct Floored {
  static constexpr TypeSet types = kInts;
  static std::int64_t apply(std::int64_t a, std::int64_t b) {
    const std::int64_t r = Truncated::apply(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
  }
  static std::uint64_t apply(std::uint64_t a, std::uint64_t b) { return Truncated::apply(a, b); }
};

struct ModImpl {
  static constexpr std::string_view summary = "The remainder of A / B.";
  static constexpr auto inputs = ops::binary_inputs(kNumeric);
  static constexpr auto outputs = ops::binary_output(kNumeric);

  static Status infer(const ops::Mod& op, InferContext& c) {
    if (!op.fmod && is_floating(c.in[0].dtype)) {
      return invalid_argument("Mod of {} needs fmod = 1", to_string(c.in[0].dtype));
    }
    return ops::infer_broadcast(c);
  }
  static void reference(const ops::Mod& op, ReferenceContext& c) {
    ops::reference_binary(
        c, op.fmod ? ops::binary_functions<Truncated>() : ops::binary_functions<Floored>());
  }
  static void gradient(const ops::Mod&, GradContext& g) {
    const Value dy = g.grad(0);
    ops::set_broadcast_gradient(g, 0, dy);
    if (!g.wants(1)) return;
    // y = a - n b with the whole number n
    const Value n = (g.input(0) - g.output(0)) / g.input(1);
    ops::set_broadcast_gradient(g, 1, -(dy * n));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Mod>() {
  static constexpr OpDef def = make_op<ops::Mod, ModImpl>("Mod", "ai.onnx", 10);
  return def;
}

}  // namespace tern
