#include <array>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/ml/features.h"
#include "ops/ml/tree_models.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"

namespace tern {
namespace {

constexpr TypeSet kTypes = TypeSet(DType::kF32) | DType::kF64 | DType::kF16;

struct TreeEnsembleImpl {
  static constexpr std::string_view summary = "What an ensemble of decision trees gives.";
  static constexpr auto inputs = std::array{Port{"X", kTypes}};
  static constexpr auto outputs = std::array{Port{"Y", kTypes}};

  static Status infer(const ops::TreeEnsemble& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const ops::TreeModel model, ops::TreeModel::from(op));
    TERN_ASSIGN_OR_RETURN(const Dim examples, ops::tree_examples(model.forest(), c.in[0]));
    return ops::push_output(c, c.in[0].dtype, {examples, Dim(op.n_targets)});
  }

  static void reference(const ops::TreeEnsemble& op, ReferenceContext& c) {
    const Result<ops::TreeModel> model = ops::TreeModel::from(op);
    if (!model.ok()) return c.fail(model.status());
    ops::ExampleReader x(c.in(0));
    const FloatWriter y(c.out(0));
    std::vector<ops::TreeScore> room(model->targets());
    std::vector<double> scores(model->targets());
    for (std::int64_t i = 0; i < x.examples(); ++i) {
      model->scores(x.row(i), room, scores);
      for (std::size_t t = 0; t < scores.size(); ++t) {
        y.set(i * op.n_targets + static_cast<std::int64_t>(t), scores[t]);
      }
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::TreeEnsemble>() {
  static constexpr OpDef def =
      make_op<ops::TreeEnsemble, TreeEnsembleImpl>("TreeEnsemble", "ai.onnx.ml", 5);
  return def;
}

}  // namespace tern
