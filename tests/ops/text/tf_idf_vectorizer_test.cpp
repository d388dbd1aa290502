#include "tern/ops/text.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

// 1-grams 2, 3, 5, 4 in columns 0 to 3; 2-grams (5, 6), (7, 8), (6, 7) in columns 4 to 6.
ops::TfIdfVectorizer pool(std::int64_t min, std::int64_t max, std::int64_t skips) {
  return {.max_gram_length = max,
          .max_skip_count = skips,
          .min_gram_length = min,
          .ngram_counts = {0, 4},
          .ngram_indexes = {0, 1, 2, 3, 4, 5, 6},
          .pool_int64s = {2, 3, 5, 4, 5, 6, 7, 8, 6, 7}};
}

ops::TfIdfVectorizer weighted(ops::NgramWeighting mode) {
  ops::TfIdfVectorizer op = pool(1, 2, 0);
  op.mode = mode;
  op.ngram_indexes = {6, 5, 4, 3, 2, 1, 0};
  op.weights = {2, 3, 5, 7, 11, 13, 17};
  return op;
}

OpCase counting(std::string name, ops::TfIdfVectorizer op, Tensor x, Tensor y) {
  return {.name = std::move(name),
          .op = std::move(op),
          .inputs = {std::move(x)},
          .expected = {std::move(y)}};
}

}  // namespace

TERN_OP_TEST(TfIdfVectorizer) {
  using ops::NgramWeighting;
  const Tensor row = i64({8}, {5, 5, 6, 7, 8, 2, 6, 9});
  const ops::TfIdfVectorizer words{.max_gram_length = 3,
                                   .max_skip_count = 0,
                                   .min_gram_length = 1,
                                   .ngram_counts = {0, 1, 1},
                                   .ngram_indexes = {1, 0},
                                   .pool_strings = {"a", "a", "b", "a"}};
  return {
      counting("pairs", pool(2, 2, 0), row, f32({7}, {0, 0, 0, 0, 1, 1, 1})),
      // (5, 6) also at places 0 and 2.
      counting("pairs with gaps", pool(2, 2, 1), row, f32({7}, {0, 0, 0, 0, 2, 1, 1})),
      // (5, 6) also at 1 and 6, 0 and 6.
      counting("items count once whatever the gaps", pool(1, 2, 5), row,
               f32({7}, {1, 0, 2, 0, 4, 1, 1})),
      counting("rows", pool(1, 1, 0), i32({2, 3}, {2, 2, 9, 4, 3, 2}),
               f32({2, 7}, {2, 0, 0, 0, 0, 0, 0, 1, 1, 0, 1, 0, 0, 0})),
      counting("weights where there are any", weighted(NgramWeighting::kIdf), row,
               f32({7}, {17, 13, 11, 0, 5, 0, 2})),
      counting("weighted counts", weighted(NgramWeighting::kTfIdf), row,
               f32({7}, {17, 13, 11, 0, 10, 0, 2})),
      counting("strings, one and three", words, strings({1, 6}, {"a", "b", "a", "b", "a", "c"}),
               f32({1, 2}, {2, 3})),
      counting("no rows", pool(1, 1, 0), i64({0, 3}, {}), f32({0, 7}, {})),
      counting("empty rows", pool(1, 1, 0), i64({2, 0}, {}), f32({2, 7}, std::vector<double>(14))),
  };
}

TEST(TfIdfVectorizer, RefusesListsThatDoNotFit) {
  const Tensor x = i64({3}, {5, 5, 6});
  const auto refuse = [&](auto change, std::string_view part) {
    ops::TfIdfVectorizer op = pool(1, 2, 0);
    change(op);
    expect_refused(op, {x}, part);
  };
  refuse([](auto& op) { op.ngram_counts = {0, 5}; }, "2-grams from item 5 to 10 of a pool of 10");
  refuse([](auto& op) { op.ngram_counts = {4, 0}; }, "1-grams from item 4 to 0");
  refuse([](auto& op) { op.ngram_counts = {0, 12}; }, "1-grams from item 0 to 12");
  refuse([](auto& op) { op.ngram_indexes.pop_back(); }, "ngram_indexes has 6 entries, the pool 7");
  refuse([](auto& op) { op.ngram_indexes[1] = -1; }, "ngram_indexes has -1");
  refuse([](auto& op) { op.ngram_indexes[1] = INT64_MAX; },
         "ngram_indexes has 9223372036854775807");
  refuse([](auto& op) { op.weights = {1}; }, "weights has 1 entries, ngram_indexes 7");
  refuse([](auto& op) { op.pool_strings = {"a"}; }, "one is needed");
  refuse([](auto& op) { op.min_gram_length = 0; }, "n-grams of 0 to 2 items");
  refuse([](auto& op) { op.max_gram_length = 0; }, "n-grams of 1 to 0 items");
  refuse([](auto& op) { op.max_skip_count = -1; }, "max_skip_count is -1");
  expect_refused(pool(1, 2, 0), {strings({1}, {"a"})}, "X is string, the pool is of integers");
  expect_refused(pool(1, 2, 0), {i64({1, 1, 1}, {1})}, "X has rank 3");
}

}  // namespace tern::testing
