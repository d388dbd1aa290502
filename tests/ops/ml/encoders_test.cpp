#include <limits>

#include "tern/ops/ml.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

OpCase encoding(std::string name, Op op, Tensor x, Tensor y) {
  // Keys are of one type.
  const bool any_float = !op.is<ops::LabelEncoder>();
  return {.name = std::move(name),
          .op = std::move(op),
          .inputs = {std::move(x)},
          .expected = {std::move(y)},
          .gradient = false,
          .other_dtypes = any_float};
}

Tensor f32_vector(std::vector<float> values) {
  return *Tensor::from<float>({static_cast<std::int64_t>(values.size())}, values);
}

}  // namespace

TERN_OP_TEST(LabelEncoder) {
  const ops::LabelEncoder words{.keys_strings = {"a", "b", "a"}, .values_int64s = {1, 2, 3}};
  return {
      encoding("strings to integers", words, strings({2, 2}, {"b", "a", "c", ""}),
               i64({2, 2}, {2, 1, -1, -1})),
      encoding("integers to strings",
               ops::LabelEncoder{.default_string = "?",
                                 .keys_int64s = {5, -7},
                                 .values_strings = {"five", "minus seven"}},
               i64({3}, {-7, 5, 0}), strings({3}, {"minus seven", "five", "?"})),
      encoding("NaN and zero are keys",
               ops::LabelEncoder{
                   .default_float = 9, .keys_floats = {kNaN, 0, 1}, .values_floats = {2, 3, 4}},
               f32_vector({-0.0F, kNaN, 1, 2}), f32({4}, {3, 2, 4, 9})),
      encoding("tensors",
               ops::LabelEncoder{.default_tensor = ints(DType::kI16, {1}, {42}),
                                 .keys_tensor = strings({2}, {"a", "b"}),
                                 .values_tensor = ints(DType::kI16, {2}, {0, 1})},
               strings({3}, {"a", "d", "b"}), ints(DType::kI16, {3}, {0, 42, 1})),
      encoding("default of doubles",
               ops::LabelEncoder{.keys_tensor = i32({1}, {3}), .values_tensor = f64({1}, {0.5})},
               i32({2}, {3, 4}), f64({2}, {0.5, -0.0})),
  };
}

TEST(LabelEncoder, RefusesListsThatDoNotFit) {
  const Tensor x = strings({1}, {"a"});
  expect_refused(ops::LabelEncoder{.keys_strings = {"a"}}, {x}, "0 of values_* are given");
  expect_refused(ops::LabelEncoder{.keys_int64s = {1}, .keys_strings = {"a"}}, {x},
                 "2 of keys_* are given");
  expect_refused(ops::LabelEncoder{.keys_strings = {"a"}, .values_int64s = {1, 2}}, {x},
                 "1 keys and 2 values");
  expect_refused(ops::LabelEncoder{.keys_int64s = {1}, .values_int64s = {1}}, {x},
                 "X is string, the keys are i64");
  expect_refused(ops::LabelEncoder{.keys_tensor = strings({1, 1}, {"a"}), .values_int64s = {1}},
                 {x}, "keys_tensor is string[1,1]");
  expect_refused(
      ops::LabelEncoder{
          .default_tensor = i64({2}, {1, 2}), .keys_strings = {"a"}, .values_int64s = {1}},
      {x}, "default_tensor is i64[2], not one i64");
}

TERN_OP_TEST(CategoryMapper) {
  const ops::CategoryMapper op{.cats_int64s = {3, 1}, .cats_strings = {"three", "one"}};
  return {
      encoding("strings", op, strings({3}, {"one", "two", "three"}), i64({3}, {1, -1, 3})),
      encoding("integers", op, i64({1, 2}, {3, 2}), strings({1, 2}, {"three", "_Unused"})),
  };
}

TERN_OP_TEST(OneHotEncoder) {
  const ops::OneHotEncoder numbers{.cats_int64s = {1, 2, 3}};
  return {
      encoding("floats are cut", numbers, f32({2, 2}, {1.7, 2, -3, 3}),
               f32({2, 2, 3}, {1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1})),
      encoding("far away and NaN", numbers, f32_vector({1e30F, kNaN}),
               f32({2, 3}, {0, 0, 0, 0, 0, 0})),
      encoding("integers", numbers, i32({1}, {2}), f32({1, 3}, {0, 1, 0})),
      encoding("strings", ops::OneHotEncoder{.cats_strings = {"b", "a"}}, strings({2}, {"a", "c"}),
               f32({2, 2}, {0, 1, 0, 0})),
  };
}

TERN_OP_TEST(ArrayFeatureExtractor) {
  const auto extract = [](std::string name, Tensor x, Tensor y, Tensor z) {
    return OpCase{.name = std::move(name),
                  .op = ops::ArrayFeatureExtractor{},
                  .inputs = {std::move(x), std::move(y)},
                  .expected = {std::move(z)},
                  .gradient = false};
  };
  return {
      extract("columns", f32({2, 3}, {1, 2, 3, 4, 5, 6}), i64({2}, {2, 0}),
              f32({2, 2}, {3, 1, 6, 4})),
      extract("a vector is one row", strings({3}, {"a", "b", "c"}), i64({1, 2}, {1, 1}),
              strings({1, 2}, {"b", "b"})),
      extract("three axes", i64({2, 1, 2}, {1, 2, 3, 4}), i64({1}, {1}), i64({2, 1, 1}, {2, 4})),
  };
}

TEST(Encoders, RefuseWhatIsNotThere) {
  expect_refused(ops::ArrayFeatureExtractor{}, {f32({1, 2}, {1, 2}), i64({1}, {2})},
                 "index 2 of 2 features");
  expect_refused(ops::ArrayFeatureExtractor{}, {f32({1, 2}, {1, 2}), i64({1}, {-1})},
                 "index -1 of 2 features");
  expect_refused(ops::OneHotEncoder{.cats_int64s = {1}, .zeros = false}, {i64({1}, {5})},
                 "5 is no category");
  expect_refused(ops::OneHotEncoder{.cats_int64s = {1}}, {strings({1}, {"a"})},
                 "X is string, the categories are i64");
  expect_refused(ops::OneHotEncoder{}, {i64({1}, {5})}, "one is needed");
  expect_refused(ops::CategoryMapper{.cats_int64s = {1}}, {i64({1}, {5})},
                 "cats_int64s has 1 entries, cats_strings 0");
}

}  // namespace tern::testing
