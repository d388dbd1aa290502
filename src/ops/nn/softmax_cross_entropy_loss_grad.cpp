#include <cmath>

#include "base/errors.h"
#include "ops/nn/class_loss.h"

namespace tern {
namespace {

using LossGrad = ops::SoftmaxCrossEntropyLossGrad;

struct SoftmaxCrossEntropyLossGradImpl {
  static constexpr std::string_view summary = "Gradient of SoftmaxCrossEntropyLoss.";
  static constexpr auto inputs = std::array{Port{"dLoss", kFloats}, Port{"scores", kFloats},
                                            Port{"labels", kIndices, PortKind::kRequired, 'I'},
                                            Port{"weights", kFloats, PortKind::kOptional}};
  static constexpr auto outputs = std::array{Port{"dScores", kFloats}};

  static Status infer(const LossGrad& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(
        const TypeInfo loss,
        ops::infer_class_loss(op.reduction, c.in[1], c.in[2], c.has(3) ? c.in[3] : TypeInfo()));
    TERN_TRY(ops::check_loss_gradient(c.in[0], loss));
    c.out.push_back(c.in[1]);
    return {};
  }

  // (softmax(scores) - one_hot(label)) * the gradient of the label's loss.
  static void reference(const LossGrad& op, ReferenceContext& c) {
    const Result<ops::ClassLabels> labels = ops::ClassLabels::read(
        c.in(1).shape(), c.in(2), c.has(3) ? &c.in(3) : nullptr, op.ignore_index);
    if (!labels.ok()) return c.fail(labels.status());
    const std::vector<double> d = labels->gradients(op.reduction, c.in(0));
    const std::vector<double> x = read_f64(c.in(1));
    std::vector<double> dx(x.size());
    for (std::size_t i = 0; i < d.size(); ++i) {
      const double log_sum = labels->log_sum_exp(x, i);
      for (std::int64_t k = 0; k < labels->classes; ++k) {
        const std::size_t at = labels->score(i, k);
        const double one_hot = k == labels->label[i] ? 1.0 : 0.0;
        dx[at] = d[i] * (std::exp(x[at] - log_sum) - one_hot);
      }
    }
    write_f64(dx, c.out(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<LossGrad>() {
  static constexpr OpDef def =
      make_op<LossGrad, SoftmaxCrossEntropyLossGradImpl>("SoftmaxCrossEntropyLossGrad", "tern", 1);
  return def;
}

}  // namespace tern
