#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/ml/features.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/ops/ml.h"

namespace tern {
namespace {

double divisor_of(ops::RowNorm norm, std::span<const double> row) {
  double sum = 0;
  switch (norm) {
    case ops::RowNorm::kMax: return row.empty() ? 0.0 : *std::ranges::max_element(row);
    case ops::RowNorm::kL1:
      for (const double x : row) sum += std::abs(x);
      return sum;
    case ops::RowNorm::kL2:
      for (const double x : row) sum += x * x;
      return std::sqrt(sum);
  }
  return sum;
}

struct NormalizerImpl {
  static constexpr std::string_view summary = "Each row divided by its norm.";
  static constexpr auto inputs = std::array{Port{"X", ops::kFeatureTypes}};
  static constexpr auto outputs = std::array{Port{"Y", DType::kF32, PortKind::kRequired, 'Y'}};

  static Status infer(const ops::Normalizer&, InferContext& c) {
    TERN_TRY(ops::example_count(c.in[0]).status());
    return ops::push_output(c, DType::kF32, c.in[0].shape);
  }

  static void reference(const ops::Normalizer& op, ReferenceContext& c) {
    ops::ExampleReader x(c.in(0));
    std::vector<double> y;
    for (std::int64_t i = 0; i < x.examples(); ++i) {
      const std::span<const double> row = x.row(i);
      const double divisor = divisor_of(op.norm, row);
      y.assign(row.begin(), row.end());
      if (divisor != 0) {
        for (double& value : y) value /= divisor;
      }
      ops::set_row(c.out(0), i, y);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Normalizer>() {
  static constexpr OpDef def =
      make_op<ops::Normalizer, NormalizerImpl>("Normalizer", "ai.onnx.ml", 1);
  return def;
}

}  // namespace tern
