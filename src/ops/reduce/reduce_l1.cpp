#include <cmath>

#include "ops/reduce/reduction.h"
#include "tern/functions.h"
#include "tern/ops/reduce.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "Sum of magnitudes over axes.";
  static constexpr TypeSet types = ops::kReducible;
  template <class T>
  static T init(DType) {
    return 0;
  }
  template <class T>
  static T step(T sum, T x) {
    return ops::wrapping_add(sum, magnitude(x));
  }

 private:
  static double magnitude(double x) { return std::abs(x); }
  static std::int64_t magnitude(std::int64_t x) {
    return x < 0 ? ops::wrapping_mul(x, std::int64_t{-1}) : x;
  }
  static std::uint64_t magnitude(std::uint64_t x) { return x; }

 public:
  static void gradient(const ops::ReduceL1& op, GradContext& g) {
    g.set(0, sign(g.input(0)) *
                 ops::with_kept_axes(g, g.grad(0), op.keepdims, op.noop_with_empty_axes));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ReduceL1>() {
  static constexpr OpDef def =
      make_op<ops::ReduceL1, ops::ReduceImpl<ops::ReduceL1, Meaning>>("ReduceL1", "ai.onnx", 18);
  return def;
}

}  // namespace tern
