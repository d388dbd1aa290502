#include "ops/grad.h"
#include "ops/reduce/reduction.h"
#include "tern/functions.h"
#include "tern/ops/reduce.h"

namespace tern {
namespace {

constexpr TypeSet kTypes = kFloats | kIndices | DType::kU32 | DType::kU64;

struct ReduceSumImpl {
  static constexpr std::string_view summary = "Sum over axes.";
  static constexpr auto inputs =
      std::array{Port{"data", kTypes}, Port{"axes", DType::kI64, PortKind::kOptional, 'I'}};
  static constexpr auto outputs = std::array{Port{"reduced", kTypes}};

  static Status infer(const ops::ReduceSum& op, InferContext& c) {
    return ops::infer_reduction(c, op.keepdims, op.noop_with_empty_axes);
  }
  static void reference(const ops::ReduceSum& op, ReferenceContext& c) {
    ops::reference_reduction(
        c, op.noop_with_empty_axes, 0.0, [](double sum, double x) { return sum + x; },
        [](double sum, std::int64_t) { return sum; });
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ReduceSum>() {
  static constexpr OpDef def = make_op<ops::ReduceSum, ReduceSumImpl>("ReduceSum", "ai.onnx", 13);
  return def;
}

}  // namespace tern
