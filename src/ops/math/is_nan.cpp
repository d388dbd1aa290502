#include <cmath>

#include "ops/elementwise.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

constexpr TypeSet kTypes = kFloats | kNarrowFloats;

struct IsNaNImpl {
  static constexpr std::string_view summary = "Whether X is no number.";
  static constexpr auto inputs = ops::unary_input(kTypes);
  static constexpr auto outputs = ops::bool_output();

  static Status infer(const ops::IsNaN&, InferContext& c) {
    return ops::infer_broadcast(c, DType::kBool);
  }
  static void reference(const ops::IsNaN&, ReferenceContext& c) {
    ops::reference_unary(c, [](double x) { return std::isnan(x) ? 1.0 : 0.0; });
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::IsNaN>() {
  static constexpr OpDef def = make_op<ops::IsNaN, IsNaNImpl>("IsNaN", "ai.onnx", 9);
  return def;
}

}  // namespace tern
