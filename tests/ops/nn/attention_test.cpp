#include <cmath>
#include <limits>

#include "tern/ops/nn.h"
#include "tern/ops/transformer.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

Tensor any(const Shape& shape, std::uint64_t seed) {
  return random_values(DType::kF32, shape, -1, 1, seed);
}

// Shares of keys with the scores 0 and s, for two values.
double mixed(double s, double first, double second) {
  const double share = 1 / (1 + std::exp(s));
  return share * first + (1 - share) * second;
}

}  // namespace

TERN_OP_TEST(Attention) {
  const Tensor none;
  // Two queries q = 1 and 2 on the keys 0 and 3: scores (0, 3) and (0, 6).
  const Tensor q = f32({1, 1, 2, 1}, {1, 2}), k = f32({1, 1, 2, 1}, {0, 3});
  const Tensor v = f32({1, 1, 2, 1}, {10, 20});
  const double inf = std::numeric_limits<double>::infinity();
  return {
      {.name = "two queries",
       .op = ops::Attention{},
       .inputs = {q, k, v},
       .expected = {f32({1, 1, 2, 1}, {mixed(3, 10, 20), mixed(6, 10, 20)})}},
      {.name = "the scale of a head of four",
       .op = ops::Attention{},
       .inputs = {f32({1, 1, 1, 4}, {1, 1, 1, 1}), f32({1, 1, 2, 4}, {0, 0, 0, 0, 1, 1, 1, 1}), v},
       .expected = {f32({1, 1, 1, 1}, {mixed(2, 10, 20)})}},
      {.name = "a stated scale, scores stated",
       .op = ops::Attention{.scale = 0.5},
       .inputs = {q, k, v},
       .expected = {f32({1, 1, 2, 1}, {mixed(1.5, 10, 20), mixed(3, 10, 20)}), k, v,
                    f32({1, 1, 2, 2}, {0, 1.5, 0, 3})},
       .gradient = false},
      {.name = "softcap",
       .op = ops::Attention{.qk_matmul_output_mode = 1, .softcap = 2},
       .inputs = {q, k, v},
       .expected = {f32({1, 1, 2, 1},
                        {mixed(2 * std::tanh(1.5), 10, 20), mixed(2 * std::tanh(3.0), 10, 20)}),
                    none, none, f32({1, 1, 2, 2}, {0, 2 * std::tanh(1.5), 0, 2 * std::tanh(3.0)})}},
      {.name = "causal",
       .op = ops::Attention{.is_causal = true, .qk_matmul_output_mode = 3},
       .inputs = {q, k, v},
       .expected = {f32({1, 1, 2, 1}, {10, mixed(6, 10, 20)}), none, none,
                    f32({1, 1, 2, 2}, {1, 0, mixed(6, 1, 0), mixed(6, 0, 1)})}},
      {.name = "a mask that is added",
       .op = ops::Attention{.qk_matmul_output_mode = 2},
       .inputs = {q, k, v, f32({2, 2}, {0, -3, 1, 0})},
       .expected = {f32({1, 1, 2, 1}, {15, mixed(5, 10, 20)}), none, none,
                    f32({1, 1, 2, 2}, {0, 0, 1, 6})}},
      {.name = "a mask of bools, and a query that sees nothing",
       .op = ops::Attention{},
       .inputs = {q, k, v, boolean({2, 2}, {1, 0, 0, 0})},
       .expected = {f32({1, 1, 2, 1}, {10, 0})}},
      {.name = "a short mask",
       .op = ops::Attention{},
       .inputs = {q, k, v, f32({1, 1, 1, 1}, {5})},
       .expected = {f32({1, 1, 2, 1}, {10, 10})}},
      // Past keys stand in front, and a causal mask counts from behind them.
      {.name = "past keys",
       .op = ops::Attention{.is_causal = true},
       .inputs = {q, k, v, none, f32({1, 1, 1, 1}, {3}), f32({1, 1, 1, 1}, {40})},
       .expected = {f32({1, 1, 2, 1}, {mixed(3, 10, 40),
                                       (10 + (20 + 40) * std::exp(6.0)) / (1 + 2 * std::exp(6.0))}),
                    f32({1, 1, 3, 1}, {3, 0, 3}), f32({1, 1, 3, 1}, {40, 10, 20})}},
      {.name = "keys of which some do not count",
       .op = ops::Attention{},
       .inputs = {f32({2, 1, 1, 1}, {1, 1}), f32({2, 1, 2, 1}, {0, 3, 0, 3}),
                  f32({2, 1, 2, 1}, {10, 20, 30, 40}), none, none, none, i64({2}, {1, 2})},
       .expected = {f32({2, 1, 1, 1}, {10, mixed(3, 30, 40)})}},
      // The last query stands at the last key that counts.
      {.name = "causal within the keys that count",
       .op = ops::Attention{.is_causal = true},
       .inputs = {q, f32({1, 1, 4, 1}, {5, 0, 3, 7}), f32({1, 1, 4, 1}, {-1, 10, 20, 70}), none,
                  none, none, i64({1}, {3})},
       .expected = {f32({1, 1, 2, 1}, {(-std::exp(5.0) + 10) / (std::exp(5.0) + 1),
                                       (-std::exp(10.0) + 10 + 20 * std::exp(6.0)) /
                                           (std::exp(10.0) + 1 + std::exp(6.0))})}},
      // Heads 0 and 1 of Q use head 0 of K, heads 2 and 3 the other.
      {.name = "heads that share",
       .op = ops::Attention{},
       .inputs = {f32({1, 4, 1, 1}, {1, 2, 1, 2}), f32({1, 2, 2, 1}, {0, 3, 0, 1}),
                  f32({1, 2, 2, 1}, {10, 20, 30, 40})},
       .expected = {f32({1, 4, 1, 1},
                        {mixed(3, 10, 20), mixed(6, 10, 20), mixed(1, 30, 40), mixed(2, 30, 40)})}},
      {.name = "packed heads",
       .op = ops::Attention{.kv_num_heads = 2, .q_num_heads = 2},
       .inputs = {f32({1, 2, 2}, {1, 1, 2, 2}), f32({1, 2, 2}, {0, 0, 3, 1}),
                  f32({1, 2, 4}, {10, 11, 30, 31, 20, 21, 40, 41})},
       .expected = {f32({1, 2, 4},
                        {mixed(3, 10, 20), mixed(3, 11, 21), mixed(1, 30, 40), mixed(1, 31, 41),
                         mixed(6, 10, 20), mixed(6, 11, 21), mixed(2, 30, 40), mixed(2, 31, 41)})}},
      {.name = "an infinite mask per head",
       .op = ops::Attention{},
       .inputs = {any({2, 2, 3, 4}, 1), any({2, 2, 5, 4}, 2), any({2, 2, 5, 3}, 3),
                  f32({2, 1, 5}, {0, -inf, 1, 0, -inf, -inf, -inf, -inf, 0, 2})},
       .expected = {none},
       .constant_inputs = {3}},
  };
}

TERN_OP_TEST(FlexAttention) {
  const Tensor q = f32({1, 2, 1, 1}, {1, 2}), k = f32({1, 1, 2, 1}, {0, 3});
  const Tensor v = f32({1, 1, 2, 1}, {10, 20});
  return {
      {.name = "heads that share",
       .op = ops::FlexAttention{},
       .inputs = {q, k, v},
       .expected = {f32({1, 2, 1, 1}, {mixed(3, 10, 20), mixed(6, 10, 20)})}},
      {.name = "a stated scale",
       .op = ops::FlexAttention{.scale = 0.5, .softmax_precision = DType::kF64},
       .inputs = {q, k, v},
       .expected = {f32({1, 2, 1, 1}, {mixed(1.5, 10, 20), mixed(3, 10, 20)})}},
  };
}

TEST(Attention, RefusesWhatDoesNotFit) {
  const Tensor x = f32({1, 2, 1, 2}, {1, 2, 3, 4}), packed = f32({1, 1, 4}, {1, 2, 3, 4});
  const ops::Attention op;
  expect_refused(op, {packed, packed, packed}, "q_num_heads is 0");
  expect_refused(ops::Attention{.kv_num_heads = 3, .q_num_heads = 3}, {packed, packed, packed},
                 "Q has 4 entries, which are not 3 heads");
  expect_refused(op, {x, x, packed}, "ranks 4, 4 and 3");
  expect_refused(op, {x, f32({1, 2, 1, 1}, {1, 2}), x}, "the size of a head is 2 here and 1 there");
  expect_refused(op, {f32({1, 3, 1, 1}, {1, 2, 3}), f32({1, 2, 1, 1}, {1, 2}), x},
                 "3 heads of Q cannot share 2 of K");
  expect_refused(op, {x, x, x, f32({3}, {1, 2, 3})}, "attn_mask is for 3 keys, there are 1");
  expect_refused(op, {x, x, x, f32({3, 1}, {1, 2, 3})}, "attn_mask has 3 on axis 0");
  expect_refused(op, {x, x, x, Tensor(), x}, "past_key and past_value belong together");
  expect_refused(op, {x, x, x, Tensor(), Tensor(), Tensor(), i64({2}, {1, 1})}, "nonpad_kv_seqlen");
  expect_refused(ops::Attention{.qk_matmul_output_mode = 4}, {x, x, x}, "qk_matmul_output_mode");
  expect_refused(ops::Attention{.softmax_precision = DType::kI32}, {x, x, x}, "softmax_precision");
}

}  // namespace tern::testing
