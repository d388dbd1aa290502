#include <cmath>

#include "tern/ops/transformer.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

using Rule = ops::LinearAttentionRule;

Tensor any(const Shape& shape, std::uint64_t seed) {
  return random_values(DType::kF32, shape, -1, 1, seed);
}

}  // namespace

TERN_OP_TEST(LinearAttention) {
  const Tensor none;
  const double half = std::log(0.5);
  // One head, two entries of K, one of V: S holds sums of k v.
  const Tensor q = f32({1, 2, 2}, {1, 1, 1, 2}), k = f32({1, 2, 2}, {1, 2, 3, 4});
  const Tensor v = f32({1, 2, 1}, {10, 100});
  return {
      // S = (10, 20), then (310, 420).
      {.name = "sums",
       .op =
           ops::LinearAttention{
               .kv_num_heads = 1, .q_num_heads = 1, .scale = 1, .update_rule = Rule::kLinear},
       .inputs = {q, k, v},
       .expected = {f32({1, 2, 1}, {30, 1150}), f32({1, 1, 2, 1}, {310, 420})}},
      // S = (1/2 * 2 + 10, 4 + 20), then (11/2 + 300, 24 + 400).
      {.name = "a decay per entry",
       .op =
           ops::LinearAttention{
               .kv_num_heads = 1, .q_num_heads = 1, .scale = 2, .update_rule = Rule::kGated},
       .inputs = {q, k, v, f32({1, 1, 2, 1}, {2, 4}), f32({1, 2, 2}, {half, 0, half, 0})},
       .expected = {f32({1, 2, 1}, {70, 2 * (305.5 + 848)}), f32({1, 1, 2, 1}, {305.5, 424})}},
      // u = 0.5 (10 - 0) = 5: S = (5, 10); then u = 2 (100 - 15 - 40) = 90: S = (275, 370).
      {.name = "corrections",
       .op =
           ops::LinearAttention{
               .kv_num_heads = 1, .q_num_heads = 1, .scale = 1, .update_rule = Rule::kDelta},
       .inputs = {q, k, v, none, none, f32({1, 2, 1}, {0.5, 2})},
       .expected = {f32({1, 2, 1}, {15, 1015}), f32({1, 1, 2, 1}, {275, 370})}},
      // The second step asks with (3, 0): u = 2 (100 - 15) = 170, S = (515, 690).
      {.name = "corrections of some entries",
       .op =
           ops::LinearAttention{
               .kv_num_heads = 1, .q_num_heads = 1, .scale = 1, .update_rule = Rule::kDelta},
       .inputs = {q, k, v, none, none, f32({1, 2, 1}, {0.5, 2}), f32({1, 2, 2}, {1, 1, 1, 0})},
       .expected = {f32({1, 2, 1}, {15, 1895})}},
      // One state for two heads of Q, one decay for the head: S = 10, then 5 + 30.
      {.name = "heads that share",
       .op = ops::LinearAttention{.kv_num_heads = 1, .q_num_heads = 2, .update_rule = Rule::kGated},
       .inputs = {f32({1, 2, 2}, {1, 2, 3, 4}), f32({1, 2, 1}, {1, 3}), f32({1, 2, 1}, {10, 10}),
                  none, f32({1, 2, 1}, {0, half})},
       .expected = {f32({1, 2, 2}, {10, 20, 105, 140})}},
      {.name = "all at once",
       .op = ops::LinearAttention{.kv_num_heads = 2, .q_num_heads = 4},
       .inputs = {any({2, 3, 8}, 1), any({2, 3, 4}, 2), any({2, 3, 6}, 3), any({2, 2, 2, 3}, 4),
                  any({2, 3, 4}, 5), any({2, 3, 1}, 6), any({2, 3, 4}, 7)},
       .expected = {none, none}},
      {.name = "beta and decay per head",
       .op = ops::LinearAttention{.kv_num_heads = 2, .q_num_heads = 2},
       .inputs = {any({1, 3, 4}, 1), any({1, 3, 4}, 2), any({1, 3, 2}, 3), none, any({1, 3, 2}, 5),
                  any({1, 3, 2}, 6)},
       .expected = {none, none}},
  };
}

TERN_OP_TEST(LinearAttentionGrad) {
  // Linear, one entry each: S1 = k1 v1, S2 = S1 + k2 v2, o = q S; k = (2, 3), v = (5, 7),
  // q = (11, 13): S = (10, 31). d o = (1, 1), so d S2 = 13, d S1 = 24.
  return {{.name = "sums",
           .op =
               ops::LinearAttentionGrad{
                   .kv_num_heads = 1, .q_num_heads = 1, .scale = 1, .update_rule = Rule::kLinear},
           .inputs = {f32({1, 2, 1}, {1, 1}), Tensor(), f32({1, 2, 1}, {11, 13}),
                      f32({1, 2, 1}, {2, 3}), f32({1, 2, 1}, {5, 7})},
           .expected = {f32({1, 2, 1}, {10, 31}), f32({1, 2, 1}, {24 * 5, 13 * 7}),
                        f32({1, 2, 1}, {24 * 2, 13 * 3}), f32({1, 1, 1, 1}, {24})}}};
}

TEST(LinearAttention, RefusesWhatDoesNotFit) {
  const Tensor x = f32({1, 1, 2}, {1, 2});
  const auto op = [](Rule rule, std::int64_t q, std::int64_t kv) {
    return ops::LinearAttention{.kv_num_heads = kv, .q_num_heads = q, .update_rule = rule};
  };
  expect_refused(op(Rule::kGated, 1, 1), {x, x, x}, "update_rule gated needs decay");
  expect_refused(op(Rule::kDelta, 1, 1), {x, x, x}, "update_rule delta needs beta");
  expect_refused(op(Rule::kLinear, 1, 1), {x, x, x, Tensor(), x}, "linear has no decay");
  expect_refused(op(Rule::kLinear, 1, 2), {x, x, x}, "q_num_heads 1 is no multiple");
  expect_refused(op(Rule::kLinear, 0, 0), {x, x, x}, "q_num_heads 0");
  expect_refused(op(Rule::kLinear, 3, 1), {x, x, x}, "query has 2 entries, which are not 3 heads");
  expect_refused(op(Rule::kLinear, 1, 1), {x, f32({1, 2, 2}, {1, 2, 3, 4}), x},
                 "key has 2 on axis 1, query has 1");
  expect_refused(op(Rule::kGated, 1, 1), {x, x, x, Tensor(), f32({1, 1, 3}, {1, 2, 3})},
                 "decay has 3 entries, not 1 or 2");
}

}  // namespace tern::testing
