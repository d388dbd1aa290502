#include "base/errors.h"
#include "ops/grad.h"
#include "ops/nn/class_loss.h"
#include "tern/functions.h"

namespace tern {
namespace {

using Loss = ops::SoftmaxCrossEntropyLoss;

struct SoftmaxCrossEntropyLossImpl {
  static constexpr std::string_view summary = "Weighted -log(softmax(scores))[label], reduced.";
  static constexpr auto inputs =
      std::array{Port{"scores", kFloats}, Port{"labels", kIndices, PortKind::kRequired, 'I'},
                 Port{"weights", kFloats, PortKind::kOptional}};
  static constexpr auto outputs =
      std::array{Port{"output", kFloats}, Port{"log_prob", kFloats, PortKind::kOptional}};

  static Status infer(const Loss& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(TypeInfo loss, ops::infer_class_loss(op.reduction, c.in[0], c.in[1],
                                                               c.has(2) ? c.in[2] : TypeInfo()));
    c.out = {std::move(loss), c.in[0]};
    return {};
  }

  static void reference(const Loss& op, ReferenceContext& c) {
    const Result<ops::ClassLabels> labels = ops::ClassLabels::read(
        c.in(0).shape(), c.in(1), c.has(2) ? &c.in(2) : nullptr, op.ignore_index);
    if (!labels.ok()) return c.fail(labels.status());
    const std::vector<double> x = read_f64(c.in(0));
    std::vector<double> losses(labels->size());
    for (std::size_t i = 0; i < losses.size(); ++i) {
      const double log_sum = labels->log_sum_exp(x, i);
      if (labels->weight[i] != 0) {
        losses[i] = labels->weight[i] * (log_sum - x[labels->score(i, labels->label[i])]);
      }
      for (std::int64_t k = 0; k < labels->classes && c.wants(1); ++k) {
        const std::size_t at = labels->score(i, k);
        FloatWriter(c.out(1)).set(static_cast<std::int64_t>(at), x[at] - log_sum);
      }
    }
    if (c.wants(0)) labels->reduce(op.reduction, losses, c.out(0));
  }

  // Class weights are constants of the loss.
  static void gradient(const Loss& op, GradContext& g) {
    const Value scores = g.input(0), dlog = g.grad(1);
    Value d;
    if (g.grad(0).present()) {
      d = g.builder().op(ops::SoftmaxCrossEntropyLossGrad{.ignore_index = op.ignore_index,
                                                          .reduction = op.reduction},
                         {g.grad(0), scores, g.input(1), g.input(2)});
    }
    if (dlog.present()) {
      const Value through_log = dlog - softmax(scores, 1) * reduce_sum(dlog, {1});
      d = d.present() ? d + through_log : through_log;
    }
    g.set(0, d);
  }
};

}  // namespace

template <>
const OpDef& def_of<Loss>() {
  static constexpr OpDef def =
      make_op<Loss, SoftmaxCrossEntropyLossImpl>("SoftmaxCrossEntropyLoss", "ai.onnx", 13);
  return def;
}

}  // namespace tern
