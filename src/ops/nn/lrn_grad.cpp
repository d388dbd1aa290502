#include <cmath>

#include "ops/elementwise.h"
#include "ops/nn/lrn.h"
#include "tern/ops/nn_grad.h"

namespace tern {
namespace {

struct LRNGradImpl {
  static constexpr std::string_view summary = "Gradient of LRN.";
  static constexpr auto inputs = std::array{Port{"dY", kFloats}, Port{"X", kFloats}};
  static constexpr auto outputs = std::array{Port{"dX", kFloats}};

  static Status infer(const ops::LRNGrad& op, InferContext& c) {
    TERN_TRY(ops::check_lrn(op.size, c.in[1]));
    TERN_TRY(ops::check_same_shape("dY", c.in[0], "X", c.in[1]));
    c.out.push_back(c.in[1]);
    return {};
  }

  // y_k = x_k d_k^-beta, so dx_j = dy_j d_j^-beta - 2 alpha beta / size * x_j * (sum of
  // dy_k x_k d_k^(-beta - 1) over the channels k that j counts for).
  static void reference(const ops::LRNGrad& op, ReferenceContext& c) {
    const std::vector<double> dy = read_f64(c.in(0));
    const std::vector<double> x = read_f64(c.in(1));
    std::vector<double> dx(x.size());
    const AxisSplit split = split_at(c.in(1).shape(), 1);
    const double factor = 2.0 * op.alpha * op.beta / static_cast<double>(op.size);
    std::vector<double> through(static_cast<std::size_t>(split.size));
    ops::for_each_lrn_vector(split, [&](const ops::LrnChannels& channels) {
      for (std::int64_t k = 0; k < split.size; ++k) {
        const std::size_t at = channels.at(k);
        const double base = channels.base(op, x, k);
        const double power = std::pow(base, -op.beta);
        dx[at] = dy[at] * power;
        through[static_cast<std::size_t>(k)] = dy[at] * x[at] * power / base;
      }
      for (std::int64_t j = 0; j < split.size; ++j) {
        const std::int64_t first = std::max<std::int64_t>(0, j - op.size / 2);
        const std::int64_t above = std::min((op.size - 1) / 2, split.size - 1 - j);
        double sum = 0;
        for (std::int64_t k = first; k <= j + above; ++k)
          sum += through[static_cast<std::size_t>(k)];
        dx[channels.at(j)] -= factor * x[channels.at(j)] * sum;
      }
    });
    write_f64(dx, c.out(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::LRNGrad>() {
  static constexpr OpDef def = make_op<ops::LRNGrad, LRNGradImpl>("LRNGrad", "tern", 1);
  return def;
}

}  // namespace tern
