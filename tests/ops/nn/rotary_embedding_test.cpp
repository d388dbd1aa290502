#include <cmath>

#include "tern/ops/nn.h"
#include "tern/ops/transformer.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(RotaryEmbedding) {
  // Position 1 turns by 90 degrees, position 2 by 180: (a, b) becomes (-b, a) and (-a, -b).
  const Tensor cosines = f32({3, 2}, {1, 1, 0, 0, -1, -1});
  const Tensor sines = f32({3, 2}, {0, 0, 1, 1, 0, 0});
  const Tensor x = f32({1, 1, 3, 4}, {1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4});
  const Tensor positions = i64({1, 3}, {0, 1, 2});
  return {
      {.name = "halves make pairs",
       .op = ops::RotaryEmbedding{},
       .inputs = {x, cosines, sines, positions},
       .expected = {f32({1, 1, 3, 4}, {1, 2, 3, 4, -7, -8, 5, 6, -1, -2, -3, -4})}},
      {.name = "neighbours make pairs",
       .op = ops::RotaryEmbedding{.interleaved = true},
       .inputs = {x, cosines, sines, positions},
       .expected = {f32({1, 1, 3, 4}, {1, 2, 3, 4, -6, 5, -8, 7, -1, -2, -3, -4})}},
      {.name = "only the first entries",
       .op = ops::RotaryEmbedding{.rotary_embedding_dim = 2},
       .inputs = {x, f32({3, 1}, {1, 0, -1}), f32({3, 1}, {0, 1, 0}), i64({1, 3}, {2, 1, 1})},
       .expected = {f32({1, 1, 3, 4}, {-1, -2, 3, 4, -6, 5, 7, 8, -2, 1, 3, 4})}},
      {.name = "a row of the caches per place",
       .op = ops::RotaryEmbedding{},
       .inputs = {f32({2, 1, 1, 2}, {1, 2, 3, 4}), f32({2, 1, 1}, {0, 2}), f32({2, 1, 1}, {1, 3})},
       .expected = {f32({2, 1, 1, 2}, {-2, 1, 6 - 12, 9 + 8})}},
      {.name = "packed heads",
       .op = ops::RotaryEmbedding{.num_heads = 2},
       .inputs = {f32({1, 2, 4}, {1, 2, 3, 4, 5, 6, 7, 8}), f32({2, 1}, {1, 0}),
                  f32({2, 1}, {0, 1}), i64({1, 2}, {0, 1})},
       .expected = {f32({1, 2, 4}, {1, 2, 3, 4, -6, 5, -8, 7})}},
      {.name = "several of everything",
       .op = ops::RotaryEmbedding{.interleaved = true, .rotary_embedding_dim = 4},
       .inputs = {random_values(DType::kF32, {2, 2, 3, 6}), random_values(DType::kF32, {2, 3, 2}),
                  random_values(DType::kF32, {2, 3, 2}, -1, 1, 5)},
       .expected = {Tensor()}},
  };
}

TERN_OP_TEST(RotaryEmbeddingCacheGrad) {
  // d cos = dy1 x1 + dy2 x2, d sin = dy2 x1 - dy1 x2, summed over heads and equal positions.
  return {{.name = "two heads at one position",
           .op = ops::RotaryEmbeddingCacheGrad{},
           .inputs = {f32({1, 2, 1, 2}, {1, 2, 3, 4}), f32({1, 2, 1, 2}, {5, 6, 7, 8}),
                      f32({2, 1}, {0, 0}), i64({1, 1}, {1})},
           .expected = {f32({2, 1}, {0, 5 + 12 + 21 + 32}), f32({2, 1}, {0, 10 - 6 + 28 - 24})}}};
}

TEST(RotaryEmbedding, RefusesWhatDoesNotFit) {
  const Tensor x = f32({1, 1, 1, 4}, {1, 2, 3, 4}), cache = f32({2, 2}, {1, 1, 1, 1});
  const Tensor at = i64({1, 1}, {0});
  const ops::RotaryEmbedding op;
  expect_refused(op, {x, cache, cache, i64({1, 1}, {2})}, "position 2 is outside the 2");
  expect_refused(op, {x, cache, cache, i64({1, 2}, {0, 1})}, "axis 1 of position_ids is 2, not 1");
  expect_refused(op, {x, cache, cache}, "cos_cache has rank 2, not 3");
  expect_refused(op, {x, f32({2, 1}, {1, 1}), cache, at}, "the last axis of cos_cache is 1, not 2");
  expect_refused(op, {f32({1, 1, 4}, {1, 2, 3, 4}), cache, cache, at}, "num_heads is 0");
  expect_refused(ops::RotaryEmbedding{.rotary_embedding_dim = 6}, {x, cache, cache, at},
                 "6 entries of a head of 4");
  expect_refused(ops::RotaryEmbedding{.rotary_embedding_dim = 3}, {x, cache, cache, at},
                 "3 entries of a head of 4");
}

}  // namespace tern::testing
