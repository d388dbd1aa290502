#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/ml/features.h"
#include "ops/ml/post_transform.h"
#include "ops/ml/svm.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"

namespace tern {
namespace {

struct SVMRegressorImpl {
  static constexpr std::string_view summary = "A number predicted from support vectors.";
  static constexpr auto inputs = std::array{Port{"X", ops::kFeatureTypes}};
  static constexpr auto outputs = std::array{Port{"Y", DType::kF32, PortKind::kRequired, 'Y'}};

  static Status infer(const ops::SVMRegressor& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const Dim examples, ops::example_count(c.in[0]));
    TERN_TRY(ops::SvmKernelFunction::from(op.kernel_type, op.kernel_params).status());
    if (op.rho.empty()) return invalid_argument("rho is missing");
    if (op.n_supports > 0) {
      TERN_TRY(
          ops::check_rows("support_vectors", op.support_vectors.size(), op.n_supports, c.in[0]));
      if (static_cast<std::int64_t>(op.coefficients.size()) != op.n_supports) {
        return invalid_argument("coefficients has {} entries, n_supports is {}",
                                op.coefficients.size(), op.n_supports);
      }
    } else {
      TERN_TRY(ops::check_rows("coefficients", op.coefficients.size(), 1, c.in[0]));
    }
    return ops::push_output(c, DType::kF32, {examples, Dim(1)});
  }

  static void reference(const ops::SVMRegressor& op, ReferenceContext& c) {
    const auto kernel = ops::SvmKernelFunction::from(
        op.n_supports > 0 ? op.kernel_type : ops::SvmKernel::kLinear, op.kernel_params);
    if (!kernel.ok()) return c.fail(kernel.status());
    ops::ExampleReader x(c.in(0));
    const auto features = static_cast<std::size_t>(x.features());
    for (std::int64_t i = 0; i < x.examples(); ++i) {
      const std::span<const double> row = x.row(i);
      double sum = op.rho[0];
      if (op.n_supports > 0) {
        const std::span<const float> vectors(op.support_vectors);
        for (std::size_t v = 0; v < op.coefficients.size(); ++v) {
          sum += op.coefficients[v] * (*kernel)(row, vectors.subspan(v * features, features));
        }
      } else {
        sum += (*kernel)(row, op.coefficients);
      }
      if (op.one_class) {
        sum = sum > 0 ? 1 : -1;
      } else {
        ops::apply_transform(op.post_transform, {&sum, 1});
      }
      ops::set_row(c.out(0), i, {&sum, 1});
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::SVMRegressor>() {
  static constexpr OpDef def =
      make_op<ops::SVMRegressor, SVMRegressorImpl>("SVMRegressor", "ai.onnx.ml", 1);
  return def;
}

}  // namespace tern
