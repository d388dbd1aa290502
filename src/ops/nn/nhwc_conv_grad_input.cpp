#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/nn/convolution.h"
#include "tern/ops/fused_grad.h"

namespace tern {
namespace {

constexpr auto kLayout = ops::ImageLayout::kChannelsLast;

struct NhwcConvGradInputImpl {
  static constexpr std::string_view summary = "Gradient of NhwcConv with respect to X.";
  static constexpr auto inputs =
      std::array{Port{"dY", kFloats}, Port{"W", kFloats},
                 Port{"X", kFloats, PortKind::kRequired, 'L', /*shape_only=*/true}};
  static constexpr auto outputs = std::array{Port{"dX", kFloats}};

  static Status infer(const ops::NhwcConvGradInput& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const TypeInfo y,
                          ops::infer_convolution(ops::window_spec(op, op.kernel_shape), op.group,
                                                 c.in[2], c.in[1], {}, kLayout));
    TERN_TRY(ops::check_same_shape("dY", c.in[0], "Y", y));
    c.out.emplace_back(c.in[0].dtype, c.in[2].shape);
    return {};
  }

  static void reference(const ops::NhwcConvGradInput& op, ReferenceContext& c) {
    const Result<ops::Convolution> conv = ops::Convolution::make(
        ops::window_spec(op, {}), op.group, c.in(2).shape(), c.in(1).shape(), kLayout);
    if (!conv.ok()) return c.fail(conv.status());
    const std::vector<double> dy = read_f64(c.in(0));
    const std::vector<double> w = read_f64(c.in(1));
    std::vector<double> dx(static_cast<std::size_t>(c.out(0).elements()));
    conv->for_each_product(
        [&](std::size_t ix, std::size_t iw, std::size_t iy) { dx[ix] += dy[iy] * w[iw]; });
    write_f64(dx, c.out(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::NhwcConvGradInput>() {
  static constexpr OpDef def =
      make_op<ops::NhwcConvGradInput, NhwcConvGradInputImpl>("NhwcConvGradInput", "tern", 1);
  return def;
}

}  // namespace tern
