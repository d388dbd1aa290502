// SoftmaxCrossEntropyLoss and its gradient over matrices of f32 scores.
#include <algorithm>

#include "backend/cpu/compute/loss.h"
#include "backend/kernel.h"
#include "base/errors.h"
#include "tern/ops/loss.h"

namespace tern::cpu {
namespace {

// Where a run keeps what it knows of every label: its number, its weight, and a number computed.
struct LabelScratch {
  std::int64_t* label = nullptr;
  float* weight = nullptr;
  float* value = nullptr;

  static std::size_t bytes(std::int64_t rows) {
    return static_cast<std::size_t>(rows) * (sizeof(std::int64_t) + 2 * sizeof(float));
  }
  LabelScratch(void* scratch, std::int64_t rows)
      : label(static_cast<std::int64_t*>(scratch)),
        weight(reinterpret_cast<float*>(label + rows)),
        value(weight + rows) {}
};

struct LossPlan {
  std::int64_t rows = 0;
  std::int64_t classes = 0;
  ops::LossReduction reduction = ops::LossReduction::kMean;
  std::optional<std::int64_t> ignore_index;
  bool wide_labels = false;  // i64, else i32
};

// Scores [N, C] with labels [N]; images of scores stay with the reference.
bool is_matrix(const KernelQuery& q, std::size_t scores, std::size_t labels) {
  for (std::size_t i = 0; i < q.in.size(); ++i) {
    if (i != labels && q.has(i) && q.in[i].dtype != DType::kF32) return false;
  }
  return q.in[scores].rank() == 2;
}

template <class Op>
Status plan_loss(const PlanContext& c, std::size_t scores, std::size_t labels, LossPlan& plan) {
  const Op& op = c.attributes<Op>();
  plan = {.rows = c.in[scores].shape[0],
          .classes = c.in[scores].shape[1],
          .reduction = op.reduction,
          .ignore_index = op.ignore_index,
          .wide_labels = c.in[labels].dtype == DType::kI64};
  c.scratch_bytes = LabelScratch::bytes(plan.rows);
  return {};
}

// Reads the labels with their weights; ignored ones become label 0 of weight 0. Returns the sum of
// the weights, or a failure for a label that is no class.
Result<double> read_labels(const LossPlan& plan, const void* labels, const float* weights,
                           const LabelScratch& out) {
  double total = 0;
  for (std::int64_t i = 0; i < plan.rows; ++i) {
    const std::int64_t label = plan.wide_labels ? static_cast<const std::int64_t*>(labels)[i]
                                                : static_cast<const std::int32_t*>(labels)[i];
    const bool ignored = plan.ignore_index && label == *plan.ignore_index;
    if (!ignored && (label < 0 || label >= plan.classes)) {
      return out_of_range("label {} at {} is not in [0, {})", label, i, plan.classes);
    }
    out.label[i] = ignored ? 0 : label;
    out.weight[i] = ignored ? 0.0F : weights != nullptr ? weights[label] : 1.0F;
    total += double{out.weight[i]};
  }
  return total;
}

struct CrossEntropyF32 {
  using Operator = ops::SoftmaxCrossEntropyLoss;
  using Plan = LossPlan;

  static bool matches(const KernelQuery& q) { return is_matrix(q, 0, 1) && q.wants(0); }
  static Status plan(const PlanContext& c, Plan& plan) {
    return plan_loss<Operator>(c, 0, 1, plan);
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    const LabelScratch labels(c.scratch, plan.rows);
    const Result<double> total =
        read_labels(plan, c.in[1]->raw(), c.optional_input<float>(2), labels);
    if (!total.ok()) {
      c.status = total.status();
      return;
    }
    const float* x = c.input<float>(0);
    float* log_sums = labels.value;
    run_log_sum_exp(x, plan.rows, plan.classes, log_sums, c.pool);
    auto* loss = c.output<float>(0);
    const bool single = plan.reduction == ops::LossReduction::kNone;
    double sum = 0;
    for (std::int64_t i = 0; i < plan.rows; ++i) {
      const bool counts = labels.weight[i] != 0.0F;
      const double own = counts ? double{labels.weight[i]} *
                                      (double{log_sums[i]} - x[i * plan.classes + labels.label[i]])
                                : 0.0;
      if (single) loss[i] = static_cast<float>(own);
      sum += own;
    }
    if (plan.reduction == ops::LossReduction::kMean) sum /= *total;
    if (!single) *loss = static_cast<float>(sum);
    if (c.out.size() > 1 && c.out[1] != nullptr) write_log_probabilities(plan, x, log_sums, c);
  }

 private:
  static void write_log_probabilities(const Plan& plan, const float* x, const float* log_sums,
                                      RunContext& c) {
    auto* out = c.output<float>(1);
    for (std::int64_t i = 0; i < plan.rows; ++i) {
      for (std::int64_t k = 0; k < plan.classes; ++k) {
        out[i * plan.classes + k] = x[i * plan.classes + k] - log_sums[i];
      }
    }
  }
};

struct CrossEntropyGradF32 {
  using Operator = ops::SoftmaxCrossEntropyLossGrad;
  static constexpr std::uint32_t kInPlaceInputs = 0b0010;  // the scores
  using Plan = LossPlan;

  static bool matches(const KernelQuery& q) { return is_matrix(q, 1, 2); }
  static Status plan(const PlanContext& c, Plan& plan) {
    return plan_loss<Operator>(c, 1, 2, plan);
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    const LabelScratch labels(c.scratch, plan.rows);
    const Result<double> total =
        read_labels(plan, c.in[2]->raw(), c.optional_input<float>(3), labels);
    if (!total.ok()) {
      c.status = total.status();
      return;
    }
    const float* from_above = c.input<float>(0);
    float* d = labels.value;
    for (std::int64_t i = 0; i < plan.rows; ++i) {
      const double share = double{from_above[plan.reduction == ops::LossReduction::kNone ? i : 0]} *
                           labels.weight[i] /
                           (plan.reduction == ops::LossReduction::kMean ? *total : 1.0);
      d[i] = labels.weight[i] == 0.0F ? 0.0F : static_cast<float>(share);
    }
    run_cross_entropy_gradient(c.input<float>(1), labels.label, d, plan.rows, plan.classes,
                               c.output<float>(0), c.pool);
  }
};

}  // namespace

extern constinit const KernelDef kCrossEntropyF32, kCrossEntropyGradF32;
constinit const KernelDef kCrossEntropyF32 = make_kernel<CrossEntropyF32>("cross_entropy_f32");
constinit const KernelDef kCrossEntropyGradF32 =
    make_kernel<CrossEntropyGradF32>("cross_entropy_grad_f32");

}  // namespace tern::cpu
