#include <numeric>

#include "ops/grad.h"
#include "ops/nn/global_pool.h"
#include "tern/ops/nn_grad.h"

namespace tern {
namespace {

struct GlobalAveragePoolImpl {
  static constexpr std::string_view summary = "Mean over all spatial axes.";
  static constexpr auto inputs = std::array{Port{"X", kFloats}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::GlobalAveragePool&, InferContext& c) {
    return ops::infer_global_pool(c);
  }
  static void reference(const ops::GlobalAveragePool&, ReferenceContext& c) {
    ops::reference_global_pool(c, [](std::span<const double> values) {
      return std::accumulate(values.begin(), values.end(), 0.0) /
             static_cast<double>(values.size());
    });
  }
  static void gradient(const ops::GlobalAveragePool&, GradContext& g) {
    g.set(0, g.builder().op(ops::GlobalAveragePoolGrad{}, {g.grad(0), g.input(0)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::GlobalAveragePool>() {
  static constexpr OpDef def =
      make_op<ops::GlobalAveragePool, GlobalAveragePoolImpl>("GlobalAveragePool", "ai.onnx", 1);
  return def;
}

}  // namespace tern
