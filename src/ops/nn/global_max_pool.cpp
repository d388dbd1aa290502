#include <algorithm>
#include <limits>

#include "ops/grad.h"
#include "ops/nn/global_pool.h"
#include "tern/ops/nn_grad.h"

namespace tern {
namespace {

struct GlobalMaxPoolImpl {
  static constexpr std::string_view summary = "Largest value over all spatial axes.";
  static constexpr auto inputs = std::array{Port{"X", kFloats}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::GlobalMaxPool&, InferContext& c) {
    return ops::infer_global_pool(c);
  }
  static void reference(const ops::GlobalMaxPool&, ReferenceContext& c) {
    ops::reference_global_pool(c, [](std::span<const double> values) {
      return values.empty() ? -std::numeric_limits<double>::infinity()
                            : *std::ranges::max_element(values);
    });
  }
  static void gradient(const ops::GlobalMaxPool&, GradContext& g) {
    g.set(0, g.builder().op(ops::GlobalMaxPoolGrad{}, {g.grad(0), g.input(0)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::GlobalMaxPool>() {
  static constexpr OpDef def =
      make_op<ops::GlobalMaxPool, GlobalMaxPoolImpl>("GlobalMaxPool", "ai.onnx", 1);
  return def;
}

}  // namespace tern
