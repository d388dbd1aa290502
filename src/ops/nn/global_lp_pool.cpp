#include <cmath>

#include "base/errors.h"
#include "ops/nn/global_pool.h"
#include "tern/ops/nn.h"

namespace tern {
namespace {

struct GlobalLpPoolImpl {
  static constexpr std::string_view summary = "The p-norm over all spatial axes.";
  static constexpr auto inputs = std::array{Port{"X", kFloats}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::GlobalLpPool& op, InferContext& c) {
    if (op.p < 1) return invalid_argument("p {} is below 1", op.p);
    return ops::infer_global_pool(c);
  }
  static void reference(const ops::GlobalLpPool& op, ReferenceContext& c) {
    const auto p = static_cast<double>(op.p);
    ops::reference_global_pool(c, [p](std::span<const double> values) {
      double sum = 0;
      for (const double value : values) sum += std::pow(std::abs(value), p);
      return std::pow(sum, 1 / p);
    });
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::GlobalLpPool>() {
  static constexpr OpDef def =
      make_op<ops::GlobalLpPool, GlobalLpPoolImpl>("GlobalLpPool", "ai.onnx", 2);
  return def;
}

}  // namespace tern
