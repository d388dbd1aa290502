#include <algorithm>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/ml/class_labels.h"
#include "ops/ml/features.h"
#include "ops/ml/linear_scores.h"
#include "ops/ml/post_transform.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"

namespace tern {
namespace {

ops::ClassLabels labels_of(const ops::LinearClassifier& op) {
  return {.ints = op.classlabels_ints, .strings = op.classlabels_strings};
}

// Rows of coefficients: one for each class, or one for two classes. As many as intercepts; without
// those the number of features decides, where it is known.
std::int64_t rows_of(const ops::LinearClassifier& op, const Dim& features) {
  const std::int64_t classes = labels_of(op).count();
  if (classes != 2) return classes;
  if (!op.intercepts.empty()) return op.intercepts.size() == 1 ? 1 : classes;
  return features.known() && static_cast<std::int64_t>(op.coefficients.size()) == features.value()
             ? 1
             : classes;
}

struct LinearClassifierImpl {
  static constexpr std::string_view summary = "The class with the largest linear score.";
  static constexpr auto inputs = std::array{Port{"X", ops::kFeatureTypes}};
  static constexpr auto outputs =
      std::array{Port{"Y", TypeSet(DType::kString) | DType::kI64, PortKind::kRequired, 'L'},
                 Port{"Z", DType::kF32, PortKind::kRequired, 'Z'}};

  static Status infer(const ops::LinearClassifier& op, InferContext& c) {
    const ops::ClassLabels labels = labels_of(op);
    TERN_TRY(labels.check());
    TERN_ASSIGN_OR_RETURN(const Dim examples, ops::example_count(c.in[0]));
    const Dim features = ops::feature_count(c.in[0]);
    if (features.known() || !op.intercepts.empty()) {
      TERN_TRY(ops::check_linear(op.coefficients, op.intercepts, rows_of(op, features), c.in[0]));
    }
    TERN_TRY(ops::push_output(c, labels.dtype(), {examples}));
    return ops::push_output(c, DType::kF32, {examples, Dim(labels.count())});
  }

  static void reference(const ops::LinearClassifier& op, ReferenceContext& c) {
    const ops::ClassLabels labels = labels_of(op);
    ops::ExampleReader x(c.in(0));
    std::vector<double> scores(static_cast<std::size_t>(rows_of(op, Dim(x.features()))));
    const bool shared = labels.count() == 2 && scores.size() == 1;
    std::vector<double> z(static_cast<std::size_t>(labels.count()));
    for (std::int64_t i = 0; i < x.examples(); ++i) {
      ops::linear_scores(x.row(i), op.coefficients, op.intercepts, scores);
      std::int64_t label = 0;
      if (shared) {
        label = scores[0] > 0 ? 1 : 0;
        std::ranges::copy(ops::two_scores(op.post_transform, scores[0], true), z.begin());
      } else {
        label = ops::largest(scores);
        z = scores;
        ops::apply_transform(op.post_transform, z);
      }
      if (c.wants(0)) labels.set(c.out(0), i, label);
      if (c.wants(1)) ops::set_row(c.out(1), i, z);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::LinearClassifier>() {
  static constexpr OpDef def =
      make_op<ops::LinearClassifier, LinearClassifierImpl>("LinearClassifier", "ai.onnx.ml", 1);
  return def;
}

}  // namespace tern
