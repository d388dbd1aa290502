#include "ops/reduce/reduction.h"
#include "tern/functions.h"
#include "tern/ops/reduce.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "Sum over axes.";
  static constexpr TypeSet types = ops::kReducible;
  template <class T>
  static T init(DType) {
    return 0;
  }
  template <class T>
  static T step(T sum, T x) {
    return ops::wrapping_add(sum, x);
  }
  static void gradient(const ops::ReduceSum& op, GradContext& g) {
    g.set(0, ops::spread(g, op.keepdims, op.noop_with_empty_axes));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ReduceSum>() {
  static constexpr OpDef def =
      make_op<ops::ReduceSum, ops::ReduceImpl<ops::ReduceSum, Meaning>>("ReduceSum", "ai.onnx", 13);
  return def;
}

}  // namespace tern
