#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/ml/features.h"
#include "ops/ml/linear_scores.h"
#include "ops/ml/post_transform.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"

namespace tern {
namespace {

struct LinearRegressorImpl {
  static constexpr std::string_view summary = "X * coefficients' + intercepts.";
  static constexpr auto inputs = std::array{Port{"X", ops::kFeatureTypes}};
  static constexpr auto outputs = std::array{Port{"Y", DType::kF32, PortKind::kRequired, 'Y'}};

  static Status infer(const ops::LinearRegressor& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const Dim examples, ops::example_count(c.in[0]));
    TERN_TRY(ops::check_linear(op.coefficients, op.intercepts, op.targets, c.in[0]));
    return ops::push_output(c, DType::kF32, {examples, Dim(op.targets)});
  }

  static void reference(const ops::LinearRegressor& op, ReferenceContext& c) {
    ops::ExampleReader x(c.in(0));
    std::vector<double> y(static_cast<std::size_t>(op.targets));
    for (std::int64_t i = 0; i < x.examples(); ++i) {
      ops::linear_scores(x.row(i), op.coefficients, op.intercepts, y);
      ops::apply_transform(op.post_transform, y);
      ops::set_row(c.out(0), i, y);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::LinearRegressor>() {
  static constexpr OpDef def =
      make_op<ops::LinearRegressor, LinearRegressorImpl>("LinearRegressor", "ai.onnx.ml", 1);
  return def;
}

}  // namespace tern
