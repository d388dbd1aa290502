#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/ml/features.h"
#include "ops/ml/tree_models.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"

namespace tern {
namespace {

struct TreeEnsembleClassifierImpl {
  static constexpr std::string_view summary = "Classes and scores predicted by decision trees.";
  static constexpr auto inputs = std::array{Port{"X", ops::kFeatureTypes}};
  static constexpr auto outputs =
      std::array{Port{"Y", TypeSet(DType::kString) | DType::kI64, PortKind::kRequired, 'L'},
                 Port{"Z", DType::kF32, PortKind::kRequired, 'Z'}};

  static Status infer(const ops::TreeEnsembleClassifier& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const ops::TreeModel model, ops::TreeModel::from(op));
    TERN_ASSIGN_OR_RETURN(const Dim examples, ops::tree_examples(model.forest(), c.in[0]));
    const ops::ClassLabels labels = ops::labels_of(op);
    TERN_TRY(ops::push_output(c, labels.dtype(), {examples}));
    return ops::push_output(c, DType::kF32, {examples, Dim(labels.count())});
  }

  static void reference(const ops::TreeEnsembleClassifier& op, ReferenceContext& c) {
    const Result<ops::TreeModel> model = ops::TreeModel::from(op);
    if (!model.ok()) return c.fail(model.status());
    ops::ExampleReader x(c.in(0));
    std::vector<ops::TreeScore> room(model->targets());
    std::vector<double> scores(model->targets());
    for (std::int64_t i = 0; i < x.examples(); ++i) {
      const std::int64_t label = model->scores(x.row(i), room, scores);
      if (c.wants(0)) ops::labels_of(op).set(c.out(0), i, label);
      if (c.wants(1)) ops::set_row(c.out(1), i, scores);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::TreeEnsembleClassifier>() {
  static constexpr OpDef def = make_op<ops::TreeEnsembleClassifier, TreeEnsembleClassifierImpl>(
      "TreeEnsembleClassifier", "ai.onnx.ml", 3);
  return def;
}

}  // namespace tern
