#include <algorithm>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/ml/features.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/ops/ml.h"

namespace tern {
namespace {

// How many columns input `i` gets.
Dim width_of(const ops::FeatureVectorizer& op, std::size_t i, const TypeInfo& x) {
  return op.inputdimensions.empty() ? ops::feature_count(x) : Dim(op.inputdimensions[i]);
}

struct FeatureVectorizerImpl {
  static constexpr std::string_view summary = "The columns of all inputs side by side.";
  static constexpr auto inputs = std::array{Port{"X", ops::kFeatureTypes, PortKind::kVariadic}};
  static constexpr auto outputs = std::array{Port{"Y", DType::kF32, PortKind::kRequired, 'Y'}};

  static Status infer(const ops::FeatureVectorizer& op, InferContext& c) {
    if (c.in.empty()) return invalid_argument("there is no input");
    if (!op.inputdimensions.empty() && op.inputdimensions.size() != c.in.size()) {
      return invalid_argument("inputdimensions has {} entries, there are {} inputs",
                              op.inputdimensions.size(), c.in.size());
    }
    Dim examples;
    Dim columns(0);
    for (std::size_t i = 0; i < c.in.size(); ++i) {
      TERN_ASSIGN_OR_RETURN(const Dim rows, ops::example_count(c.in[i]));
      TERN_ASSIGN_OR_RETURN(examples, ops::merge_dims(examples, rows));
      const Dim width = width_of(op, i, c.in[i]);
      if (!op.inputdimensions.empty() && op.inputdimensions[i] < 0) {
        return invalid_argument("inputdimensions has {}", op.inputdimensions[i]);
      }
      TERN_ASSIGN_OR_RETURN(columns, ops::add_dims(columns, width));
    }
    return ops::push_output(c, DType::kF32, {examples, columns});
  }

  static void reference(const ops::FeatureVectorizer& op, ReferenceContext& c) {
    Tensor& y = c.out(0);
    const std::int64_t columns = y.dim(1);
    std::ranges::fill(y.mutable_span<float>(), 0.0F);
    std::int64_t at = 0;
    for (std::size_t k = 0; k < c.inputs(); ++k) {
      ops::ExampleReader x(c.in(k));
      const std::int64_t width = width_of(op, k, TypeInfo::of(c.in(k))).value();
      for (std::int64_t i = 0; i < x.examples(); ++i) {
        const std::span<const double> row = x.row(i);
        float* to = y.mutable_data<float>() + i * columns + at;
        for (std::int64_t j = 0; j < std::min(width, x.features()); ++j) {
          to[j] = static_cast<float>(row[static_cast<std::size_t>(j)]);
        }
      }
      at += width;
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::FeatureVectorizer>() {
  static constexpr OpDef def =
      make_op<ops::FeatureVectorizer, FeatureVectorizerImpl>("FeatureVectorizer", "ai.onnx.ml", 1);
  return def;
}

}  // namespace tern
