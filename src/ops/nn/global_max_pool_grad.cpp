#include <algorithm>

#include "ops/nn/global_pool.h"
#include "tern/ops/nn_grad.h"

namespace tern {
namespace {

struct GlobalMaxPoolGradImpl {
  static constexpr std::string_view summary = "Gradient of GlobalMaxPool.";
  static constexpr auto inputs = std::array{Port{"dY", kFloats}, Port{"X", kFloats}};
  static constexpr auto outputs = std::array{Port{"dX", kFloats}};

  static Status infer(const ops::GlobalMaxPoolGrad&, InferContext& c) {
    return ops::infer_global_pool_gradient(c);
  }
  static void reference(const ops::GlobalMaxPoolGrad&, ReferenceContext& c) {
    const Shape& shape = c.out(0).shape();
    const auto plane = static_cast<std::size_t>(shape.elements(2, shape.rank()));
    const std::vector<double> x = read_f64(c.in(1));
    const FloatReader dy(c.in(0));
    std::vector<double> dx(x.size());
    for (std::size_t i = 0; i < x.size(); i += plane) {
      const auto channel = std::span(x).subspan(i, plane);
      const auto at = static_cast<std::size_t>(std::ranges::max_element(channel) - channel.begin());
      dx[i + at] = dy[static_cast<std::int64_t>(i / plane)];
    }
    write_f64(dx, c.out(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::GlobalMaxPoolGrad>() {
  static constexpr OpDef def =
      make_op<ops::GlobalMaxPoolGrad, GlobalMaxPoolGradImpl>("GlobalMaxPoolGrad", "tern", 1);
  return def;
}

}  // namespace tern
