#include <limits>

#include "tern/ops/ml.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

OpCase scaling(std::string name, Op op, std::vector<Tensor> inputs, Tensor y) {
  return {.name = std::move(name),
          .op = std::move(op),
          .inputs = std::move(inputs),
          .expected = {std::move(y)},
          .gradient = false};
}

}  // namespace

TERN_OP_TEST(Binarizer) {
  return {
      scaling("floats", ops::Binarizer{.threshold = 1}, {f32({3}, {0.5, 1, 1.5})},
              f32({3}, {0, 0, 1})),
      scaling("integers", ops::Binarizer{}, {i64({1, 3}, {-1, 0, 7})}, i64({1, 3}, {0, 0, 1})),
  };
}

TERN_OP_TEST(Scaler) {
  return {
      scaling("one of each a feature", ops::Scaler{.offset = {1, 2}, .scale = {2, -1}},
              {f32({2, 2}, {1, 2, 3, 4})}, f32({2, 2}, {0, 0, 4, -2})),
      scaling("one for all", ops::Scaler{.offset = {1}, .scale = {10}}, {i32({2}, {1, 3})},
              f32({2}, {0, 20})),
      scaling("no scale", ops::Scaler{.offset = {0.5F}}, {f64({1, 2}, {1, 2})},
              f32({1, 2}, {0.5, 1.5})),
  };
}

TERN_OP_TEST(Normalizer) {
  const Tensor x = f32({3, 3}, {1, -4, 2, -1, -2, -2, 0, 0, 0});
  return {
      scaling("max", ops::Normalizer{}, {x}, f32({3, 3}, {0.5, -2, 1, 1, 2, 2, 0, 0, 0})),
      scaling("sum of absolute values", ops::Normalizer{.norm = ops::RowNorm::kL1}, {x},
              f32({3, 3}, {1.0 / 7, -4.0 / 7, 2.0 / 7, -0.2, -0.4, -0.4, 0, 0, 0})),
      // sqrt(1 + 16 + 4) = 4.5825757, sqrt(1 + 4 + 4) = 3
      scaling(
          "length", ops::Normalizer{.norm = ops::RowNorm::kL2}, {x},
          f32({3, 3}, {0.2182179, -0.8728716, 0.4364358, -1.0 / 3, -2.0 / 3, -2.0 / 3, 0, 0, 0})),
      scaling("one example", ops::Normalizer{.norm = ops::RowNorm::kL1}, {i64({2}, {1, 3})},
              f32({2}, {0.25, 0.75})),
  };
}

TERN_OP_TEST(Imputer) {
  return {
      scaling("NaN, by feature",
              ops::Imputer{.imputed_value_floats = {7, 8},
                           .replaced_value_float = std::numeric_limits<float>::quiet_NaN()},
              {f32({2, 2}, {1, kNaN, kNaN, 4})}, f32({2, 2}, {1, 8, 7, 4})),
      scaling("a number", ops::Imputer{.imputed_value_floats = {-1}, .replaced_value_float = 2},
              {f64({3}, {1, 2, kNaN})}, f64({3}, {1, -1, kNaN})),
      scaling("integers", ops::Imputer{.imputed_value_int64s = {5}},
              {ints(DType::kI32, {1, 2}, {0, 3})}, i32({1, 2}, {5, 3})),
  };
}

TERN_OP_TEST(FeatureVectorizer) {
  const Tensor a = f32({2, 2}, {1, 2, 3, 4});
  const Tensor b = f32({2, 1}, {5, 6});
  return {
      scaling("side by side", ops::FeatureVectorizer{.inputdimensions = {2, 1}}, {a, b},
              f32({2, 3}, {1, 2, 5, 3, 4, 6})),
      scaling("cut and filled up", ops::FeatureVectorizer{.inputdimensions = {1, 2}}, {a, b},
              f32({2, 3}, {1, 5, 0, 3, 6, 0})),
      scaling("as wide as they are", ops::FeatureVectorizer{}, {i64({2}, {1, 2}), i64({1}, {3})},
              f32({1, 3}, {1, 2, 3})),
  };
}

TEST(Scaling, RefusesListsThatDoNotFit) {
  const Tensor x = f32({1, 2}, {1, 2});
  expect_refused(ops::Scaler{.offset = {1, 2, 3}}, {x}, "offset has 3 entries, X has 2 features");
  expect_refused(ops::Imputer{}, {x}, "imputed_value_floats is missing");
  expect_refused(ops::Imputer{.imputed_value_floats = {1}}, {i64({1}, {1})},
                 "imputed_value_int64s is missing");
  expect_refused(ops::Imputer{.imputed_value_floats = {1, 2, 3}}, {x}, "X has 2 features");
  expect_refused(ops::FeatureVectorizer{.inputdimensions = {2}}, {x, x},
                 "inputdimensions has 1 entries, there are 2 inputs");
  expect_refused(ops::FeatureVectorizer{.inputdimensions = {-2}}, {x}, "inputdimensions has -2");
  expect_refused(ops::FeatureVectorizer{}, {x, f32({2, 1}, {1, 2})}, "1");
  expect_refused(ops::FeatureVectorizer{}, {}, "there is no input");
  expect_refused(ops::Normalizer{}, {f32({1, 1, 1}, {1})}, "X has rank 3, not 1 or 2");
}

}  // namespace tern::testing
