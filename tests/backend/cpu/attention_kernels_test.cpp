#include <gtest/gtest.h>

#include <limits>

#include "tern/ops/nn.h"
#include "tern/ops/transformer.h"
#include "tests/backend/cpu/kernel_case.h"

namespace tern::testing {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

Tensor any(const Shape& shape, std::uint64_t seed, double size = 1) {
  return random_values(DType::kF32, shape, -size, size, seed);
}

struct Sizes {
  std::int64_t batch, q_heads, kv_heads, q_length, keys, size, v_size;
};

// One query, a few, more than a strip; less than a block of keys, and several.
constexpr Sizes kSizes[] = {{1, 2, 2, 1, 7, 8, 8},     {2, 4, 2, 3, 40, 5, 7},
                            {1, 1, 1, 30, 33, 16, 16}, {1, 6, 2, 20, 150, 8, 20},
                            {2, 2, 1, 1, 300, 24, 16}, {1, 2, 2, 129, 129, 4, 4}};

std::vector<Tensor> inputs(const Sizes& s, bool packed) {
  const auto tensor = [&](std::int64_t heads, std::int64_t length, std::int64_t size,
                          std::uint64_t seed) {
    return any(packed ? Shape{s.batch, length, heads * size} : Shape{s.batch, heads, length, size},
               seed, 2);
  };
  return {tensor(s.q_heads, s.q_length, s.size, 1), tensor(s.kv_heads, s.keys, s.size, 2),
          tensor(s.kv_heads, s.keys, s.v_size, 3)};
}

void check(const Sizes& s, std::string name, ops::Attention op, std::vector<Tensor> more = {},
           bool packed = false, std::size_t outputs = 1) {
  std::vector<Tensor> all = inputs(s, packed);
  if (packed) {
    op.q_num_heads = s.q_heads;
    op.kv_num_heads = s.kv_heads;
  }
  all.insert(all.end(), more.begin(), more.end());
  expect_kernels_agree({.name = name + ", " + std::to_string(s.q_length) + " queries of " +
                                std::to_string(s.keys) + " keys",
                        .op = op,
                        .inputs = std::move(all),
                        .outputs = outputs},
                       "attention_f32");
}

TEST(AttentionKernels, PlainAndCausal) {
  for (const Sizes& s : kSizes) {
    check(s, "plain", {});
    check(s, "packed", {.scale = 0.3F}, {}, true);
    check(s, "causal", {.is_causal = true, .softcap = 1.5F});
    check(s, "present", {}, {}, true, 3);
  }
}

TEST(AttentionKernels, Masks) {
  for (const Sizes& s : kSizes) {
    const auto hidden = [](std::int64_t i) { return i % 3 == 1 ? -kInf : 0.25 * (i % 5); };
    check(s, "added, for all", {}, {filled(DType::kF32, {s.q_length, s.keys}, hidden)});
    check(s, "added, per head", {.is_causal = true},
          {filled(DType::kF32, {s.q_heads, 1, s.keys}, hidden)}, true);
    check(s, "everything hidden from some", {},
          {filled(DType::kF32, {s.batch, 1, s.q_length, s.keys},
                  [&](std::int64_t i) { return i / s.keys % 2 == 0 ? -kInf : 0.0; })});
    check(s, "bools, short", {},
          {filled(DType::kBool, {s.batch, 1, 1, s.keys - 3},
                  [](std::int64_t i) { return i % 4 != 2 ? 1.0 : 0.0; })});
  }
}

TEST(AttentionKernels, PastKeysAndKeysThatDoNotCount) {
  const Tensor none;
  for (const Sizes& s : kSizes) {
    const Tensor past_key = any({s.batch, s.kv_heads, 9, s.size}, 7);
    const Tensor past_value = any({s.batch, s.kv_heads, 9, s.v_size}, 8);
    check(s, "past", {.is_causal = true}, {none, past_key, past_value}, true, 3);
    check(s, "past, not given out", {}, {none, past_key, past_value});
    std::vector<std::int64_t> counts;
    for (std::int64_t n = 0; n < s.batch; ++n) counts.push_back(s.keys - 2 * n - 1);
    check(s, "counts", {.is_causal = true}, {none, none, none, i64({s.batch}, counts)});
  }
}

TEST(AttentionKernels, FlexAttention) {
  for (const Sizes& s : kSizes) {
    expect_kernels_agree({.name = "", .op = ops::FlexAttention{}, .inputs = inputs(s, false)},
                         "flex_attention_f32");
  }
}

TEST(AttentionKernels, RotaryEmbedding) {
  for (const bool interleaved : {false, true}) {
    for (const std::int64_t dim : {0, 6}) {
      const std::int64_t pairs = dim == 0 ? 21 : 3;
      expect_kernels_agree(
          {.name = "by position",
           .op = ops::RotaryEmbedding{.interleaved = interleaved, .rotary_embedding_dim = dim},
           .inputs = {any({2, 3, 4, 42}, 1), any({10, pairs}, 2), any({10, pairs}, 3),
                      i64({2, 4}, {0, 1, 2, 9, 4, 4, 3, 2})}},
          "rotary_embedding_f32");
      expect_kernels_agree(
          {.name = "packed",
           .op =
               ops::RotaryEmbedding{
                   .interleaved = interleaved, .num_heads = 3, .rotary_embedding_dim = dim},
           .inputs = {any({2, 4, 126}, 1), any({2, 4, pairs}, 2), any({2, 4, pairs}, 3)}},
          "rotary_embedding_f32");
    }
  }
}

TEST(NormKernels, RmsNormalization) {
  for (const std::int64_t size : {1, 5, 16, 100}) {
    expect_kernels_agree({.name = "rows",
                          .op = ops::RMSNormalization{},
                          .inputs = {any({3, 4, size}, 1), any({size}, 2)}},
                         "rms_norm_f32");
    expect_kernels_agree({.name = "matrices, a scale that broadcasts",
                          .op = ops::RMSNormalization{.axis = 1},
                          .inputs = {any({3, 4, size}, 1), any({4, 1}, 2)}},
                         "rms_norm_f32");
  }
}

TEST(NormKernels, GroupsAndInstances) {
  for (const Shape& shape : {Shape{2, 6, 5, 7}, Shape{1, 12, 40}, Shape{3, 6}}) {
    const std::int64_t channels = shape[1];
    const std::vector<Tensor> inputs{random_values(DType::kF32, shape, 3, 7, 1), any({channels}, 2),
                                     any({channels}, 3)};
    expect_kernels_agree({.name = "groups",
                          .op = ops::GroupNormalization{.epsilon = 1e-2F, .num_groups = 3},
                          .inputs = inputs,
                          .tolerance = {1e-4, 1e-4}},
                         "group_norm_f32");
    expect_kernels_agree({.name = "instances",
                          .op = ops::InstanceNormalization{.epsilon = 1e-2F},
                          .inputs = inputs,
                          .tolerance = {1e-4, 1e-4}},
                         "instance_norm_f32");
  }
}

}  // namespace
}  // namespace tern::testing
