#include "base/errors.h"
#include "ops/nn/class_loss.h"

namespace tern {
namespace {

using LossGrad = ops::NegativeLogLikelihoodLossGrad;

struct NegativeLogLikelihoodLossGradImpl {
  static constexpr std::string_view summary = "Gradient of NegativeLogLikelihoodLoss.";
  static constexpr auto inputs = std::array{
      Port{"dLoss", kFloats}, Port{"input", kFloats, PortKind::kRequired, 'L', /*shape_only=*/true},
      Port{"target", kIndices, PortKind::kRequired, 'I'},
      Port{"weight", kFloats, PortKind::kOptional}};
  static constexpr auto outputs = std::array{Port{"dInput", kFloats}};

  static Status infer(const LossGrad& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(
        const TypeInfo loss,
        ops::infer_class_loss(op.reduction, c.in[1], c.in[2], c.has(3) ? c.in[3] : TypeInfo()));
    TERN_TRY(ops::check_loss_gradient(c.in[0], loss));
    c.out.emplace_back(c.in[0].dtype, c.in[1].shape);
    return {};
  }

  static void reference(const LossGrad& op, ReferenceContext& c) {
    const Result<ops::ClassLabels> labels = ops::ClassLabels::read(
        c.out(0).shape(), c.in(2), c.has(3) ? &c.in(3) : nullptr, op.ignore_index);
    if (!labels.ok()) return c.fail(labels.status());
    const std::vector<double> d = labels->gradients(op.reduction, c.in(0));
    std::vector<double> dx(static_cast<std::size_t>(c.out(0).elements()));
    for (std::size_t i = 0; i < d.size(); ++i) dx[labels->score(i, labels->label[i])] = -d[i];
    write_f64(dx, c.out(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<LossGrad>() {
  static constexpr OpDef def = make_op<LossGrad, NegativeLogLikelihoodLossGradImpl>(
      "NegativeLogLikelihoodLossGrad", "tern", 1);
  return def;
}

}  // namespace tern
