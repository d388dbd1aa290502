#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/nn/convolution.h"
#include "tern/ops/fused_grad.h"

namespace tern {
namespace {

constexpr auto kLayout = ops::ImageLayout::kChannelsLast;

struct NhwcConvGradWeightImpl {
  static constexpr std::string_view summary = "Gradients of NhwcConv with respect to W and B.";
  static constexpr auto inputs =
      std::array{Port{"dY", kFloats}, Port{"X", kFloats},
                 Port{"W", kFloats, PortKind::kRequired, 'L', /*shape_only=*/true}};
  static constexpr auto outputs =
      std::array{Port{"dW", kFloats}, Port{"dB", kFloats, PortKind::kOptional}};

  static Status infer(const ops::NhwcConvGradWeight& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const TypeInfo y,
                          ops::infer_convolution(ops::window_spec(op, op.kernel_shape), op.group,
                                                 c.in[1], c.in[2], {}, kLayout));
    TERN_TRY(ops::check_same_shape("dY", c.in[0], "Y", y));
    c.out.emplace_back(c.in[0].dtype, c.in[2].shape);
    c.out.emplace_back(c.in[0].dtype, std::vector<Dim>{c.in[2].shape[0]});
    return {};
  }

  static void reference(const ops::NhwcConvGradWeight& op, ReferenceContext& c) {
    const Result<ops::Convolution> conv = ops::Convolution::make(
        ops::window_spec(op, {}), op.group, c.in(1).shape(), c.in(2).shape(), kLayout);
    if (!conv.ok()) return c.fail(conv.status());
    const std::vector<double> dy = read_f64(c.in(0));
    const std::vector<double> x = read_f64(c.in(1));
    std::vector<double> dw(static_cast<std::size_t>(c.out(0).elements()));
    conv->for_each_product(
        [&](std::size_t ix, std::size_t iw, std::size_t iy) { dw[iw] += dy[iy] * x[ix]; });
    if (c.wants(0)) write_f64(dw, c.out(0));
    if (!c.wants(1)) return;
    std::vector<double> db(static_cast<std::size_t>(c.in(2).dim(0)));
    for (std::size_t i = 0; i < dy.size(); ++i) db[i % db.size()] += dy[i];
    write_f64(db, c.out(1));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::NhwcConvGradWeight>() {
  static constexpr OpDef def =
      make_op<ops::NhwcConvGradWeight, NhwcConvGradWeightImpl>("NhwcConvGradWeight", "tern", 1);
  return def;
}

}  // namespace tern
