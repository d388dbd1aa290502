#include "base/errors.h"
#include "ops/grad.h"
#include "ops/image/deformable.h"
#include "ops/reference.h"
#include "tern/functions.h"

namespace tern {
namespace {

struct DeformConvImpl {
  static constexpr std::string_view summary = "Convolution whose windows are moved and weighted.";
  static constexpr auto inputs = std::array{
      Port{"X", kFloats}, Port{"W", kFloats}, Port{"offset", kFloats},
      Port{"B", kFloats, PortKind::kOptional}, Port{"mask", kFloats, PortKind::kOptional}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::DeformConv& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(TypeInfo y, ops::infer_deform_conv(op, c.in[0], c.in[1], c.in[2],
                                                             c.has(3) ? c.in[3] : TypeInfo(),
                                                             c.has(4) ? c.in[4] : TypeInfo()));
    c.out.push_back(std::move(y));
    return {};
  }

  static void reference(const ops::DeformConv& op, ReferenceContext& c) {
    const auto grid = ops::DeformableGrid::make(op, c.in(0).shape(), c.in(1).shape());
    if (!grid.ok()) return c.fail(grid.status());
    const std::vector<double> x = read_f64(c.in(0));
    const std::vector<double> w = read_f64(c.in(1));
    const FloatReader offset(c.in(2));
    std::vector<double> y = biases(c, grid->windows());
    grid->for_each_sample([&](const ops::DeformedSample& s) {
      double sample = 0;
      ops::for_each_pixel(grid->pixels_of(s, offset), grid->strides(),
                          [&](std::int64_t at, double weight, auto) {
                            sample += weight * x[s.image + static_cast<std::size_t>(at)];
                          });
      if (c.has(4)) sample *= FloatReader(c.in(4))[s.mask];
      grid->for_each_output(
          s, [&](std::size_t weight, std::size_t to) { y[to] += sample * w[weight]; });
    });
    write_f64(y, c.out(0));
  }

  static void gradient(const ops::DeformConv& op, GradContext& g) {
    const bool masked = g.input(4).present();
    const std::vector<Value> gradients = g.builder().op_n(
        ops::DeformConvGrad{op}, {g.grad(0), g.input(0), g.input(1), g.input(2), g.input(4)},
        /*outputs=*/masked ? 4 : 3);
    for (const std::size_t i : {0, 1, 2}) g.set(i, gradients[i]);
    if (masked) g.set(4, gradients[3]);
    if (g.wants(3)) {
      g.set(3, reduce_sum(g.grad(0), ops::all_but_channels(g.input(0).rank()), false));
    }
  }

 private:
  // The output before anything is added to it.
  static std::vector<double> biases(ReferenceContext& c, std::int64_t windows) {
    std::vector<double> y(static_cast<std::size_t>(c.out(0).elements()), 0.0);
    if (!c.has(3)) return y;
    const FloatReader bias(c.in(3));
    for (std::size_t i = 0; i < y.size(); ++i) {
      y[i] = bias[static_cast<std::int64_t>(i) / windows % c.in(3).elements()];
    }
    return y;
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::DeformConv>() {
  static constexpr OpDef def =
      make_op<ops::DeformConv, DeformConvImpl>("DeformConv", "ai.onnx", 19);
  return def;
}

}  // namespace tern
