#include "base/errors.h"
#include "ops/grad.h"
#include "ops/nn/class_loss.h"

namespace tern {
namespace {

using Loss = ops::NegativeLogLikelihoodLoss;

struct NegativeLogLikelihoodLossImpl {
  static constexpr std::string_view summary = "Weighted -input[label], reduced.";
  static constexpr auto inputs =
      std::array{Port{"input", kFloats}, Port{"target", kIndices, PortKind::kRequired, 'I'},
                 Port{"weight", kFloats, PortKind::kOptional}};
  static constexpr auto outputs = std::array{Port{"loss", kFloats}};

  static Status infer(const Loss& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(TypeInfo loss, ops::infer_class_loss(op.reduction, c.in[0], c.in[1],
                                                               c.has(2) ? c.in[2] : TypeInfo()));
    c.out.push_back(std::move(loss));
    return {};
  }

  static void reference(const Loss& op, ReferenceContext& c) {
    const Result<ops::ClassLabels> labels = ops::ClassLabels::read(
        c.in(0).shape(), c.in(1), c.has(2) ? &c.in(2) : nullptr, op.ignore_index);
    if (!labels.ok()) return c.fail(labels.status());
    const std::vector<double> x = read_f64(c.in(0));
    std::vector<double> losses(labels->size());
    for (std::size_t i = 0; i < losses.size(); ++i) {
      if (labels->weight[i] == 0) continue;
      losses[i] = -labels->weight[i] * x[labels->score(i, labels->label[i])];
    }
    labels->reduce(op.reduction, losses, c.out(0));
  }

  // Class weights are constants of the loss.
  static void gradient(const Loss& op, GradContext& g) {
    g.set(0, g.builder().op(ops::NegativeLogLikelihoodLossGrad{.ignore_index = op.ignore_index,
                                                               .reduction = op.reduction},
                            {g.grad(0), g.input(0), g.input(1), g.input(2)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<Loss>() {
  static constexpr OpDef def =
      make_op<Loss, NegativeLogLikelihoodLossImpl>("NegativeLogLikelihoodLoss", "ai.onnx", 13);
  return def;
}

}  // namespace tern
