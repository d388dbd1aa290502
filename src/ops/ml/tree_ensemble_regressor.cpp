#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/ml/features.h"
#include "ops/ml/tree_models.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"

namespace tern {
namespace {

struct TreeEnsembleRegressorImpl {
  static constexpr std::string_view summary = "Numbers predicted by decision trees.";
  static constexpr auto inputs = std::array{Port{"X", ops::kFeatureTypes}};
  static constexpr auto outputs = std::array{Port{"Y", DType::kF32, PortKind::kRequired, 'Y'}};

  static Status infer(const ops::TreeEnsembleRegressor& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const ops::TreeModel model, ops::TreeModel::from(op));
    TERN_ASSIGN_OR_RETURN(const Dim examples, ops::tree_examples(model.forest(), c.in[0]));
    return ops::push_output(c, DType::kF32, {examples, Dim(op.n_targets)});
  }

  static void reference(const ops::TreeEnsembleRegressor& op, ReferenceContext& c) {
    const Result<ops::TreeModel> model = ops::TreeModel::from(op);
    if (!model.ok()) return c.fail(model.status());
    ops::ExampleReader x(c.in(0));
    std::vector<ops::TreeScore> room(model->targets());
    std::vector<double> scores(model->targets());
    for (std::int64_t i = 0; i < x.examples(); ++i) {
      model->scores(x.row(i), room, scores);
      ops::set_row(c.out(0), i, scores);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::TreeEnsembleRegressor>() {
  static constexpr OpDef def = make_op<ops::TreeEnsembleRegressor, TreeEnsembleRegressorImpl>(
      "TreeEnsembleRegressor", "ai.onnx.ml", 3);
  return def;
}

}  // namespace tern
