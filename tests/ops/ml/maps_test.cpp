#include "tern/ops/ml.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

Tensor map(Tensor keys, Tensor values) {
  return Tensor::container(DType::kMap, {std::move(keys), std::move(values)});
}

OpCase mapping(std::string name, Op op, Tensor x, Tensor y) {
  return {.name = std::move(name),
          .op = std::move(op),
          .inputs = {std::move(x)},
          .expected = {std::move(y)},
          .gradient = false};
}

Tensor ages() { return map(i64({3}, {5, 0, 2}), f32({3}, {1.5, 2.5, -3.7})); }

}  // namespace

TERN_OP_TEST(ZipMap) {
  const Tensor words = strings({2}, {"no", "yes"});
  const Tensor numbers = i64({2}, {7, 9});
  return {
      mapping("strings", ops::ZipMap{.classlabels_strings = {"no", "yes"}},
              f32({2, 2}, {0.25, 0.75, 1, 0}),
              Tensor::container(DType::kSequence, {map(words, f32({2}, {0.25, 0.75})),
                                                   map(words, f32({2}, {1, 0}))})),
      mapping("integers and one row", ops::ZipMap{.classlabels_int64s = {7, 9}}, f32({2}, {0.5, 2}),
              Tensor::container(DType::kSequence, {map(numbers, f32({2}, {0.5, 2}))})),
      mapping("no rows", ops::ZipMap{.classlabels_int64s = {7, 9}}, f32({0, 2}, {}),
              Tensor::container(DType::kSequence, {})),
  };
}

TERN_OP_TEST(CastMap) {
  using ops::MapElement;
  const ops::CastMap sparse{.map_form = ops::MapForm::kSparse, .max_map = 4};
  return {
      mapping("in the order of the keys", ops::CastMap{}, ages(), f32({1, 3}, {2.5, -3.7, 1.5})),
      mapping("by key", sparse, ages(), f32({1, 4}, {2.5, 0, -3.7, 0})),
      mapping("to integers", ops::CastMap{.cast_to = MapElement::kInt64}, ages(),
              i64({1, 3}, {2, -3, 1})),
      mapping("to strings", ops::CastMap{.cast_to = MapElement::kString}, ages(),
              strings({1, 3}, {"2.5", "-3.7", "1.5"})),
      mapping("from strings", ops::CastMap{}, map(i64({2}, {1, 0}), strings({2}, {"0.5", "8"})),
              f32({1, 2}, {8, 0.5})),
  };
}

TERN_OP_TEST(DictVectorizer) {
  return {
      mapping("strings", ops::DictVectorizer{.string_vocabulary = {"a", "c", "b", "z"}},
              map(strings({2}, {"a", "c"}), i64({2}, {4, 8})), i64({1, 4}, {4, 8, 0, 0})),
      mapping("integers", ops::DictVectorizer{.int64_vocabulary = {2, 1, 5}}, ages(),
              f32({1, 3}, {-3.7, 0, 1.5})),
      mapping("values are strings", ops::DictVectorizer{.int64_vocabulary = {1, 2}},
              map(i64({1}, {2}), strings({1}, {"x"})), strings({1, 2}, {"", "x"})),
  };
}

TEST(Maps, RefusesWhatDoesNotFit) {
  expect_refused(ops::ZipMap{.classlabels_int64s = {1}}, {f32({1, 2}, {1, 2})},
                 "X has 2 features, labels are 1");
  expect_refused(ops::ZipMap{}, {f32({1, 2}, {1, 2})}, "one list of them is needed");
  expect_refused(ops::CastMap{}, {map(strings({1}, {"a"}), f32({1}, {1}))},
                 "X has keys of type string, not i64");
  expect_refused(ops::CastMap{}, {map(i64({1}, {-1}), f32({1}, {1}))}, "the key -1");
  expect_refused(ops::CastMap{}, {map(i64({2}, {1, 2}), f32({1}, {1}))}, "keys of shape");
  expect_refused(ops::CastMap{}, {Tensor::container(DType::kMap, {i64({1}, {1})})}, "1 items");
  expect_refused(ops::CastMap{.map_form = ops::MapForm::kSparse, .max_map = 0}, {ages()},
                 "max_map is 0");
  expect_refused(ops::DictVectorizer{}, {ages()}, "one is needed");
  expect_refused(ops::DictVectorizer{.string_vocabulary = {"a"}}, {ages()},
                 "X has keys of type i64, the vocabulary is string");
}

}  // namespace tern::testing
