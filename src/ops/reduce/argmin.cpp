#include "ops/reduce/selection.h"
#include "tern/ops/reduce.h"

namespace tern {
namespace {

struct ArgMinImpl {
  static constexpr std::string_view summary = "Position of the smallest element along `axis`.";
  static constexpr auto inputs = std::array{Port{"data", kNumeric}};
  static constexpr auto outputs =
      std::array{Port{"reduced", DType::kI64, PortKind::kRequired, 'I'}};

  static Status infer(const ops::ArgMin& op, InferContext& c) {
    return ops::infer_arg(c, op.axis, op.keepdims);
  }
  static void reference(const ops::ArgMin& op, ReferenceContext& c) {
    ops::reference_arg(c, op.axis, /*largest=*/false, op.select_last_index);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ArgMin>() {
  static constexpr OpDef def = make_op<ops::ArgMin, ArgMinImpl>("ArgMin", "ai.onnx", 12);
  return def;
}

}  // namespace tern
