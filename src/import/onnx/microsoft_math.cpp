// com.microsoft: matrix products with what stands around them, and activations.
#include <algorithm>
#include <numeric>

#include "base/errors.h"
#include "import/onnx/microsoft_rules.h"
#include "tern/functions.h"

namespace tern::onnx {
namespace {

constexpr auto kTanh = ops::GeluApproximation::kTanh;

Value with_bias(Lowering& l, Value x, std::size_t bias) {
  return l.has(bias) ? x + l.input(bias) : x;
}

/// An operand of FusedMatMul: [..., k, m] for [..., m, k] when `swaps` says so, [m, batch..., k]
/// for [batch..., m, k] when `moves` does, or both.
Value operand(Lowering& l, std::size_t i, std::string_view swaps, std::string_view moves) {
  const Value x = l.input(i);
  const bool swapped = l.flag(swaps);
  const bool moved = l.flag(moves);
  if (!swapped && !moved) return x;
  const int rank = l.rank(x);
  if (moved && rank < 3) {
    return l.fail(invalid_argument("{} is for operands of rank 3 and more, not {}", moves, rank));
  }
  if (rank < 2) return x;
  std::vector<std::int64_t> order(static_cast<std::size_t>(rank));
  std::iota(order.begin(), order.end(), 0);
  if (moved) std::rotate(order.begin(), order.begin() + 1, order.end() - 1);
  if (swapped) std::swap(order[order.size() - 2], order.back());
  return transpose(x, std::move(order));
}

Value fused_product(Lowering& l) {
  const Value a = operand(l, 0, "transA", "transBatchA");
  const Value b = operand(l, 1, "transB", "transBatchB");
  const float alpha = l.number("alpha", 1.0F);
  const Value y = matmul(a, b);
  return alpha == 1.0F ? y : y * double{alpha};
}

ActivationParameters activation_parameters(Lowering& l) {
  return {.alpha = l.optional_number("activation_alpha"),
          .beta = l.optional_number("activation_beta"),
          .gamma = l.optional_number("activation_gamma")};
}

}  // namespace

Value activate(Lowering& l, Value x, std::string_view name, const ActivationParameters& p) {
  GraphBuilder& b = l.builder();
  if (name.empty()) return x;
  if (name == "Relu") return relu(x);
  if (name == "Sigmoid") return sigmoid(x);
  if (name == "Tanh") return tanh(x);
  if (name == "Clip" && p.alpha && p.beta) return clip(x, *p.alpha, *p.beta);
  if (name == "LeakyRelu") return b.op(ops::LeakyRelu{.alpha = p.alpha.value_or(0.01F)}, {x});
  if (name == "Elu") return b.op(ops::Elu{.alpha = p.alpha.value_or(1.0F)}, {x});
  if (name == "HardSigmoid") {
    return b.op(ops::HardSigmoid{.alpha = p.alpha.value_or(0.2F), .beta = p.beta.value_or(0.5F)},
                {x});
  }
  if (name == "HardSwish") return b.op(ops::HardSwish{}, {x});
  if (name == "Selu") {
    const ops::Selu standard;
    return b.op(ops::Selu{.alpha = p.alpha.value_or(standard.alpha),
                          .gamma = p.gamma.value_or(standard.gamma)},
                {x});
  }
  if (name == "Softplus") return softplus(x);
  if (name == "Softsign") return b.op(ops::Softsign{}, {x});
  if (name == "ScaledTanh") {
    return tanh(x * double{p.beta.value_or(1.0F)}) * double{p.alpha.value_or(1.0F)};
  }
  if (name == "ThresholdedRelu") {
    return b.op(ops::ThresholdedRelu{.alpha = p.alpha.value_or(1.0F)}, {x});
  }
  if (name == "Gelu") return gelu(x);
  if (name == "FastGelu") return gelu(x, kTanh);
  if (name == "QuickGelu") return b.op(ops::Swish{.alpha = p.alpha.value_or(1.702F)}, {x});
  if (name == "Silu" || name == "Swish") return silu(x);
  return l.fail(unimplemented("activation {} is not supported", name));
}

Value softmax_from(Lowering& l, Value x, std::int64_t axis) {
  const int rank = l.rank(x);
  if (axis < -rank || axis >= rank) {
    return l.fail(invalid_argument("axis {} for rank {}", axis, rank));
  }
  if (axis < 0) axis += rank;
  if (axis == rank - 1) return softmax(x);
  return reshape(softmax(flatten(x, axis)), shape_of(x));
}

void bias_add(Lowering& l) { l.set(0, l.input(0) + l.input(1) + l.input(2)); }

void bias_dropout(Lowering& l) {
  const std::vector<Value> dropped =
      l.builder().op_n(ops::Dropout{.seed = l.optional_integer("seed")},
                       {l.input(0) + l.input(1), l.input(3), l.input(4)}, l.wants(1) ? 2 : 1);
  l.set(0, with_bias(l, dropped[0], 2));
  if (l.wants(1)) l.set(1, dropped[1]);
}

void bias_gelu(Lowering& l) { l.set(0, gelu(l.input(0) + l.input(1))); }

void bias_softmax(Lowering& l) {
  // Where the bias is repeated shows in its shape, which has the rank of the data or less.
  l.integer("is_inner_broadcast");
  l.set(0, softmax_from(l, l.input(0) + l.input(1), l.integer("axis", 1)));
}

void bias_split_gelu(Lowering& l) {
  const Value x = l.input(0) + l.input(1);
  const std::int64_t half = l.size(l.input(1), -1) / 2;
  const std::vector<Value> halves = split(x, {half, half}, -1);
  l.set(0, halves[0] * gelu(halves[1]));
}

void c_dist(Lowering& l) {
  const std::string metric = l.text("metric", "sqeuclidean");
  if (metric != "euclidean" && metric != "sqeuclidean") {
    l.fail(unimplemented("metric {} is not supported, euclidean and sqeuclidean are", metric));
    return;
  }
  // |a - b|^2 = |a|^2 + |b|^2 - 2 a b, never below 0.
  const Value a = l.input(0);
  const Value b = l.input(1);
  const Value squares = reduce_sum(a * a, {1}) + transpose(reduce_sum(b * b, {1}), {1, 0});
  const Value distance = relu(squares - matmul(a, transpose(b, {1, 0})) * 2.0);
  l.set(0, metric == "euclidean" ? sqrt(distance) : distance);
}

void fast_gelu(Lowering& l) { l.set(0, gelu(with_bias(l, l.input(0), 1), kTanh)); }

void fused_gemm(Lowering& l) {
  const ActivationParameters parameters = activation_parameters(l);
  const std::string activation = l.text("activation");
  const Value y = l.rest("Gemm", {l.input(0), l.input(1), l.input(2)});
  l.set(0, activate(l, y, activation, parameters));
}

void fused_matmul(Lowering& l) { l.set(0, fused_product(l)); }

void fused_matmul_activation(Lowering& l) {
  const ActivationParameters parameters = activation_parameters(l);
  const std::string activation = l.text("activation");
  const std::int64_t axis = l.integer("activation_axis", -1);
  const Value y = fused_product(l);
  l.set(0, activation == "Softmax" ? softmax(y, axis) : activate(l, y, activation, parameters));
}

void gated_add(Lowering& l) { l.set(0, l.input(0) + l.input(1) * l.input(2)); }

void gelu_exact(Lowering& l) { l.set(0, gelu(l.input(0))); }

void gemm_fast_gelu(Lowering& l) {
  l.set(0, gelu(with_bias(l, matmul(l.input(0), l.input(1)), 2), kTanh));
}

void quick_gelu(Lowering& l) {
  l.set(0, l.builder().op(ops::Swish{.alpha = l.number("alpha", 1.702F)}, {l.input(0)}));
}

// A word [letters], 0 behind its end, as one vector: embeddings of its letters, a convolution over
// them, tanh, and the largest of each filter. Words shorter than the window are read up to it.
void word_conv_embedding(Lowering& l) {
  GraphBuilder& b = l.builder();
  const Value words = l.input(0), filters = l.input(1), table = l.input(3);
  const std::int64_t count = l.size(filters, 0), window = l.size(filters, 2);
  const std::int64_t size = l.size(table, 1);
  const auto expect = [&](std::string_view name, std::int64_t actual) {
    const std::int64_t stated = l.integer(name, -1);
    if (stated != -1 && stated != actual) {
      l.fail(invalid_argument("{} is {}, the weights have {}", name, stated, actual));
    }
  };
  expect("embedding_size", count);
  expect("conv_window_size", window);
  expect("char_embedding_size", size);
  // [words, size, letters] and, over their whole height, [words, filters, windows]
  const Value letters = transpose(gather(table, words), {0, 2, 1});
  const Value kernel = transpose(reshape(filters, {count, window, size}), {0, 2, 1});
  const Value scores = tanh(b.op(ops::Conv{}, {letters, kernel, l.input(2)}));
  // Windows begin at every letter from which on one fits into the word.
  const Value present = greater(words, 0.0);
  const Value length = reduce_sum(cast(present, DType::kI64), {1});
  const Value windows = indices(l, size_at(l, scores, 2));
  const Value last = maximum(length - static_cast<double>(window), b.scalar<std::int64_t>(0));
  const Value fits = unsqueeze(b.op(ops::LessOrEqual{}, {windows, last}), {1});
  const Value lowest = b.scalar_of(scores.dtype(), -2);  // below every tanh
  const Value axis = b.constant(Tensor::vector<std::int64_t>({2}));
  const Value best = b.op(ops::ReduceMax{.keepdims = false}, {where(fits, scores, lowest), axis});
  // A word that does not begin is none.
  const Value is_word = slice(present, {0}, {1}, {1});
  l.set(0, where(is_word, best, b.scalar_of(scores.dtype(), 0)));
}

}  // namespace tern::onnx
