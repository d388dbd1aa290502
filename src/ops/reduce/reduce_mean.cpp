#include "ops/reduce/reduction.h"
#include "tern/functions.h"
#include "tern/ops/reduce.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "Mean over axes; integers truncate.";
  static constexpr TypeSet types = ops::kReducible;
  template <class T>
  static T init(DType) {
    return 0;
  }
  template <class T>
  static T step(T sum, T x) {
    return ops::wrapping_add(sum, x);
  }
  static double finish(double sum, std::int64_t count) { return sum / static_cast<double>(count); }
  static std::int64_t finish(std::int64_t sum, std::int64_t count) {
    return count == 0 ? 0 : sum / count;
  }
  static std::uint64_t finish(std::uint64_t sum, std::int64_t count) {
    return count == 0 ? 0 : sum / static_cast<std::uint64_t>(count);
  }
  static void gradient(const ops::ReduceMean& op, GradContext& g) {
    g.set(0, ops::spread(g, op.keepdims, op.noop_with_empty_axes, /*average=*/true));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ReduceMean>() {
  static constexpr OpDef def = make_op<ops::ReduceMean, ops::ReduceImpl<ops::ReduceMean, Meaning>>(
      "ReduceMean", "ai.onnx", 18);
  return def;
}

}  // namespace tern
