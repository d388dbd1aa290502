#include "base/errors.h"
#include "ops/grad.h"
#include "ops/image/grid_sampling.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"

namespace tern {
namespace {

constexpr TypeSet kTypes = kNumeric | kBools;

struct GridSampleImpl {
  static constexpr std::string_view summary = "X read at computed positions.";
  static constexpr auto inputs =
      std::array{Port{"X", kTypes}, Port{"grid", kFloats, PortKind::kRequired, 'G'}};
  static constexpr auto outputs = std::array{Port{"Y", kTypes}};

  static Status infer(const ops::GridSample&, InferContext& c) {
    TERN_TRY(ops::check_grid(c.in[0], c.in[1]));
    std::vector<Dim> out(c.in[1].shape.begin(), c.in[1].shape.end() - 1);
    out.insert(out.begin() + 1, c.in[0].shape[1]);
    TERN_ASSIGN_OR_RETURN(out[0], ops::merge_dims(c.in[0].shape[0], out[0]));
    return ops::push_output(c, c.in[0].dtype, std::move(out));
  }

  static void reference(const ops::GridSample& op, ReferenceContext& c) {
    const ops::GridGeometry g(c.in(0).shape(), c.in(1).shape());
    const std::vector<double> x = read_f64(c.in(0));
    const FloatReader grid(c.in(1));
    const FloatWriter y(c.out(0));
    for (std::int64_t n = 0; n < g.batch; ++n) {
      for (std::int64_t p = 0; p < g.points; ++p) {
        const auto axes = g.axes_of(op, grid, n * g.points + p);
        for (std::int64_t channel = n * g.channels; channel < (n + 1) * g.channels; ++channel) {
          double sum = 0;
          ops::for_each_pixel(axes, g.strides, [&](std::int64_t at, double weight, auto) {
            sum += weight * x[static_cast<std::size_t>(channel * g.pixels + at)];
          });
          y.set(channel * g.points + p, sum);
        }
      }
    }
  }

  static void gradient(const ops::GridSample& op, GradContext& g) {
    const std::vector<Value> gradients = g.builder().op_n(
        ops::GridSampleGrad{op}, {g.grad(0), g.input(0), g.input(1)}, /*outputs=*/2);
    g.set(0, gradients[0]);
    g.set(1, gradients[1]);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::GridSample>() {
  static constexpr OpDef def =
      make_op<ops::GridSample, GridSampleImpl>("GridSample", "ai.onnx", 20);
  return def;
}

}  // namespace tern
