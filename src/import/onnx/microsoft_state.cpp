// com.microsoft: layers with a state that goes from step to step.
#include "base/errors.h"
#include "import/onnx/microsoft_rules.h"
#include "tern/functions.h"
#include "tern/ops/transformer.h"

namespace tern::onnx {
namespace {

/// Weights [directions, inputs, 4 * hidden] as numbers in the order of LSTM, the last axes swapped.
/// There is a scale and a zero point per direction, or per direction and column.
Value lstm_weights(Lowering& l, std::size_t weights, std::size_t scale) {
  const auto spread = [&](Value x) {
    return unsqueeze(
        x, l.rank(x) == 1 ? std::vector<std::int64_t>{1, 2} : std::vector<std::int64_t>{1});
  };
  const DType number = l.input(scale).dtype();
  const Value centered = cast(l.input(weights), number) - spread(cast(l.input(scale + 1), number));
  return transpose(centered * spread(l.input(scale)), {0, 2, 1});
}

void set_all(Lowering& l, const std::vector<Value>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) l.set(i, values[i]);
}

}  // namespace

void dynamic_quantize_lstm(Lowering& l) {
  // ONNX Runtime rounds the layer's input and state to 8 bits as well, which is a matter of speed.
  set_all(l, l.rest_n("LSTM",
                      {l.input(0), lstm_weights(l, 1, 8), lstm_weights(l, 2, 10), l.input(3),
                       l.input(4), l.input(5), l.input(6), l.input(7)},
                      3));
}

void causal_conv_with_state(Lowering& l) {
  l.only("ndim", 1);
  l.only("dilation", 1);
  l.only("channels_last", 0);
  l.only("state_window", 0);
  set_all(l, l.rest_n("CausalConvWithState", {l.input(0), l.input(1), l.input(2), l.input(3)}, 2));
}

void linear_attention(Lowering& l) {
  l.only("state_window", 0);
  set_all(l, l.rest_n("LinearAttention",
                      {l.input(0), l.input(1), l.input(2), l.input(3), l.input(4), l.input(5)}, 2));
}

void linear_attention_gate(Lowering& l) {
  const Value a = l.input(0);
  const Value decay = l.input(2) * softplus(cast(a, DType::kF32) + l.input(1));
  l.set(0, cast(decay, a.dtype()));
  if (l.has(3)) l.set(1, sigmoid(l.input(3)));
}

}  // namespace tern::onnx
