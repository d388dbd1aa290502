#include "ops/nn/lrn.h"

#include <cmath>

#include "ops/elementwise.h"
#include "tern/ops/nn_grad.h"

namespace tern {
namespace {

struct LRNImpl {
  static constexpr std::string_view summary =
      "Divides by a power of the squares of neighbouring channels.";
  static constexpr auto inputs = std::array{Port{"X", kFloats}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::LRN& op, InferContext& c) {
    TERN_TRY(ops::check_lrn(op.size, c.in[0]));
    return ops::infer_same(c);
  }

  static void reference(const ops::LRN& op, ReferenceContext& c) {
    const std::vector<double> x = read_f64(c.in(0));
    std::vector<double> y(x.size());
    const AxisSplit split = split_at(c.in(0).shape(), 1);
    ops::for_each_lrn_vector(split, [&](const ops::LrnChannels& channels) {
      for (std::int64_t k = 0; k < split.size; ++k) {
        y[channels.at(k)] = x[channels.at(k)] * std::pow(channels.base(op, x, k), -op.beta);
      }
    });
    write_f64(y, c.out(0));
  }

  static void gradient(const ops::LRN& op, GradContext& g) {
    g.set(0, g.builder().op(
                 ops::LRNGrad{.alpha = op.alpha, .beta = op.beta, .bias = op.bias, .size = op.size},
                 {g.grad(0), g.input(0)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::LRN>() {
  static constexpr OpDef def = make_op<ops::LRN, LRNImpl>("LRN", "ai.onnx", 1);
  return def;
}

}  // namespace tern
