#include <cmath>

#include "ops/elementwise.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

constexpr TypeSet kTypes = kFloats | kNarrowFloats;

struct IsInfImpl {
  static constexpr std::string_view summary = "Whether X is infinite.";
  static constexpr auto inputs = ops::unary_input(kTypes);
  static constexpr auto outputs = ops::bool_output();

  static Status infer(const ops::IsInf&, InferContext& c) {
    return ops::infer_broadcast(c, DType::kBool);
  }
  static void reference(const ops::IsInf& op, ReferenceContext& c) {
    ops::reference_unary(c, [&](double x) {
      const bool wanted = x > 0 ? op.detect_positive : op.detect_negative;
      return wanted && std::isinf(x) ? 1.0 : 0.0;
    });
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::IsInf>() {
  static constexpr OpDef def = make_op<ops::IsInf, IsInfImpl>("IsInf", "ai.onnx", 10);
  return def;
}

}  // namespace tern
