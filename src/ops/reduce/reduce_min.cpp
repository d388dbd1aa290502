#include "ops/reduce/reduction.h"
#include "tern/functions.h"
#include "tern/ops/reduce.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "Smallest element over axes; NaN wins.";
  static constexpr TypeSet types =
      kFloats | kIndices | DType::kU32 | DType::kU64 | DType::kI8 | DType::kU8 | kBools;
  template <class T>
  static T init(DType dtype) {
    return ops::largest_of<T>(dtype);
  }
  template <class T>
  static T step(T best, T x) {
    // A NaN compares false, so one in `best` stays and one in `x` is asked for.
    return x < best || x != x ? x : best;
  }
  static void gradient(const ops::ReduceMin& op, GradContext& g) {
    ops::gradient_of_extreme(g, op.keepdims, op.noop_with_empty_axes);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ReduceMin>() {
  static constexpr OpDef def =
      make_op<ops::ReduceMin, ops::ReduceImpl<ops::ReduceMin, Meaning>>("ReduceMin", "ai.onnx", 18);
  return def;
}

}  // namespace tern
