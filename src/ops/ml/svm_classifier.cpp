#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/ml/class_labels.h"
#include "ops/ml/features.h"
#include "ops/ml/post_transform.h"
#include "ops/ml/svm.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"

namespace tern {
namespace {

ops::ClassLabels labels_of(const ops::SVMClassifier& op) {
  return {.ints = op.classlabels_ints, .strings = op.classlabels_strings};
}

std::int64_t pairs_of(std::int64_t classes) { return classes * (classes - 1) / 2; }

bool has_vectors(const ops::SVMClassifier& op) {
  return std::ranges::any_of(op.vectors_per_class, [](std::int64_t n) { return n != 0; });
}

std::int64_t score_count(const ops::SVMClassifier& op) {
  const std::int64_t classes = labels_of(op).count();
  if (!has_vectors(op) || !op.prob_a.empty()) return classes;
  return classes == 2 ? 2 : pairs_of(classes);
}

Status check_pairs(std::string_view name, std::size_t entries, std::int64_t classes) {
  if (static_cast<std::int64_t>(entries) >= pairs_of(classes)) return {};
  return invalid_argument("{} has {} entries, {} classes make {} pairs", name, entries, classes,
                          pairs_of(classes));
}

Status check_vectors(const ops::SVMClassifier& op, const TypeInfo& x) {
  const std::int64_t classes = labels_of(op).count();
  if (classes < 2) return invalid_argument("support vectors of {} class", classes);
  if (static_cast<std::int64_t>(op.vectors_per_class.size()) != classes) {
    return invalid_argument("vectors_per_class has {} entries, there are {} classes",
                            op.vectors_per_class.size(), classes);
  }
  // No more vectors than there are numbers of them, so that the sum cannot overflow.
  std::int64_t vectors = 0;
  for (const std::int64_t count : op.vectors_per_class) {
    if (count < 0 || count > static_cast<std::int64_t>(op.support_vectors.size()) - vectors) {
      return invalid_argument("vectors_per_class has {}, support_vectors {} entries", count,
                              op.support_vectors.size());
    }
    vectors += count;
  }
  TERN_TRY(ops::check_rows("support_vectors", op.support_vectors.size(), vectors, x));
  if (static_cast<std::int64_t>(op.coefficients.size()) / vectors < classes - 1) {
    return invalid_argument("coefficients has {} entries for {} support vectors of {} classes",
                            op.coefficients.size(), vectors, classes);
  }
  TERN_TRY(check_pairs("rho", op.rho.size(), classes));
  if (op.prob_a.size() != op.prob_b.size()) {
    return invalid_argument("prob_a has {} entries, prob_b {}", op.prob_a.size(), op.prob_b.size());
  }
  return op.prob_a.empty() ? Status() : check_pairs("prob_a", op.prob_a.size(), classes);
}

/// Decision values of all pairs of classes: above 0 is for the first.
class PairDecisions {
 public:
  PairDecisions(const ops::SVMClassifier& op, ops::SvmKernelFunction kernel)
      : op_(op), kernel_(kernel) {
    first_.push_back(0);
    for (const std::int64_t count : op.vectors_per_class) {
      first_.push_back(first_.back() + static_cast<std::size_t>(count));
    }
    similar_.resize(first_.back());
  }

  std::size_t classes() const { return first_.size() - 1; }

  /// Fills in the decision and the votes of each class.
  void decide(std::span<const double> row, std::vector<double>& decisions,
              std::vector<double>& votes) {
    const std::span<const float> vectors(op_.support_vectors);
    for (std::size_t v = 0; v < similar_.size(); ++v) {
      similar_[v] = kernel_(row, vectors.subspan(v * row.size(), row.size()));
    }
    decisions.clear();
    votes.assign(classes(), 0);
    for (std::size_t i = 0; i < classes(); ++i) {
      for (std::size_t j = i + 1; j < classes(); ++j) {
        // Row k of the coefficients of class i's vectors is for the k-th other class.
        const double sum = op_.rho[decisions.size()] + weighted(j - 1, i) + weighted(i, j);
        ++votes[sum > 0 ? i : j];
        decisions.push_back(sum);
      }
    }
  }

 private:
  double weighted(std::size_t row, std::size_t of_class) const {
    const float* coefficients = op_.coefficients.data() + row * similar_.size();
    double sum = 0;
    for (std::size_t v = first_[of_class]; v < first_[of_class + 1]; ++v) {
      sum += coefficients[v] * similar_[v];
    }
    return sum;
  }

  const ops::SVMClassifier& op_;
  ops::SvmKernelFunction kernel_;
  std::vector<std::size_t> first_;  // by class: its first vector
  std::vector<double> similar_;     // by vector: its kernel with the example
};

// Platt's sigmoid of each pair, then coupling.
std::vector<double> probabilities(const ops::SVMClassifier& op, std::size_t classes,
                                  std::vector<double> decisions) {
  constexpr double kLeast = 1e-7;
  for (std::size_t pair = 0; pair < decisions.size(); ++pair) {
    const double f = decisions[pair] * op.prob_a[pair] + op.prob_b[pair];
    const double share = f >= 0 ? std::exp(-f) / (1 + std::exp(-f)) : 1 / (1 + std::exp(f));
    decisions[pair] = std::clamp(share, kLeast, 1 - kLeast);
  }
  return ops::couple_pairs(classes, decisions);
}

struct SVMClassifierImpl {
  static constexpr std::string_view summary = "Classes and scores by support vector machines.";
  static constexpr auto inputs = std::array{Port{"X", ops::kFeatureTypes}};
  static constexpr auto outputs =
      std::array{Port{"Y", TypeSet(DType::kString) | DType::kI64, PortKind::kRequired, 'L'},
                 Port{"Z", DType::kF32, PortKind::kRequired, 'Z'}};

  static Status infer(const ops::SVMClassifier& op, InferContext& c) {
    const ops::ClassLabels labels = labels_of(op);
    TERN_TRY(labels.check());
    TERN_ASSIGN_OR_RETURN(const Dim examples, ops::example_count(c.in[0]));
    TERN_TRY(ops::SvmKernelFunction::from(op.kernel_type, op.kernel_params).status());
    if (labels.count() > kMaxClasses) {
      return invalid_argument("{} classes, the limit is {}", labels.count(), kMaxClasses);
    }
    if (has_vectors(op)) {
      TERN_TRY(check_vectors(op, c.in[0]));
    } else {
      TERN_TRY(ops::check_rows("coefficients", op.coefficients.size(), labels.count(), c.in[0]));
      if (op.rho.empty()) return invalid_argument("rho is missing");
    }
    TERN_TRY(ops::push_output(c, labels.dtype(), {examples}));
    return ops::push_output(c, DType::kF32, {examples, Dim(score_count(op))});
  }

  static void reference(const ops::SVMClassifier& op, ReferenceContext& c) {
    has_vectors(op) ? by_pairs(op, c) : by_class(op, c);
  }

 private:
  // So that a matrix of pairs of classes can be had.
  static constexpr std::int64_t kMaxClasses = 4096;

  static void by_pairs(const ops::SVMClassifier& op, ReferenceContext& c) {
    const auto kernel = ops::SvmKernelFunction::from(op.kernel_type, op.kernel_params);
    if (!kernel.ok()) return c.fail(kernel.status());
    PairDecisions pairs(op, *kernel);
    ops::ExampleReader x(c.in(0));
    std::vector<double> decisions, votes;
    for (std::int64_t i = 0; i < x.examples(); ++i) {
      pairs.decide(x.row(i), decisions, votes);
      const std::int64_t label = ops::largest(votes);
      if (!op.prob_a.empty()) {
        std::vector<double> shares = probabilities(op, pairs.classes(), decisions);
        ops::apply_transform(op.post_transform, shares);
        write(op, c, i, label, shares);
      } else if (pairs.classes() == 2) {
        write(op, c, i, label, ops::two_scores(op.post_transform, decisions[0], false));
      } else {
        ops::apply_transform(op.post_transform, decisions);
        write(op, c, i, label, decisions);
      }
    }
  }

  static void by_class(const ops::SVMClassifier& op, ReferenceContext& c) {
    const auto linear = ops::SvmKernelFunction::from(ops::SvmKernel::kLinear, {});
    ops::ExampleReader x(c.in(0));
    const auto features = static_cast<std::size_t>(x.features());
    const std::span<const float> coefficients(op.coefficients);
    std::vector<double> scores(static_cast<std::size_t>(labels_of(op).count()));
    for (std::int64_t i = 0; i < x.examples(); ++i) {
      const std::span<const double> row = x.row(i);
      for (std::size_t k = 0; k < scores.size(); ++k) {
        scores[k] = op.rho[0] + (*linear)(row, coefficients.subspan(k * features, features));
      }
      const std::int64_t label = ops::largest(scores);
      ops::apply_transform(op.post_transform, scores);
      write(op, c, i, label, scores);
    }
  }

  static void write(const ops::SVMClassifier& op, ReferenceContext& c, std::int64_t i,
                    std::int64_t label, std::span<const double> scores) {
    if (c.wants(0)) labels_of(op).set(c.out(0), i, label);
    if (c.wants(1)) ops::set_row(c.out(1), i, scores);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::SVMClassifier>() {
  static constexpr OpDef def =
      make_op<ops::SVMClassifier, SVMClassifierImpl>("SVMClassifier", "ai.onnx.ml", 1);
  return def;
}

}  // namespace tern
