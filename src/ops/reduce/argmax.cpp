#include "ops/reduce/selection.h"
#include "tern/ops/reduce.h"

namespace tern {
namespace {

struct ArgMaxImpl {
  static constexpr std::string_view summary = "Position of the largest element along `axis`.";
  static constexpr auto inputs = std::array{Port{"data", kNumeric}};
  static constexpr auto outputs =
      std::array{Port{"reduced", DType::kI64, PortKind::kRequired, 'I'}};

  static Status infer(const ops::ArgMax& op, InferContext& c) {
    return ops::infer_arg(c, op.axis, op.keepdims);
  }
  static void reference(const ops::ArgMax& op, ReferenceContext& c) {
    ops::reference_arg(c, op.axis, /*largest=*/true, op.select_last_index);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ArgMax>() {
  static constexpr OpDef def = make_op<ops::ArgMax, ArgMaxImpl>("ArgMax", "ai.onnx", 12);
  return def;
}

}  // namespace tern
