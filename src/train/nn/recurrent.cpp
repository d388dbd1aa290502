#include "base/errors.h"
#include "tensor/element.h"
#include "tern/functions.h"
#include "tern/nn.h"
#include "tern/ops/rnn.h"

namespace tern::nn {

template <class Op>
Value Layers::add_recurrence(Value x, const Recurrent& layer, std::int64_t gates, Op op) {
  const std::int64_t inputs = size_of(x, 2, layer.name);
  if (inputs == 0) return {};
  const std::int64_t units = layer.units, directions = layer.bidirectional ? 2 : 1;
  const auto fan_out = static_cast<double>(units);
  const Value w = variable("weight", x.dtype(), {directions, gates * units, inputs},
                           Initializer::kXavierUniform, static_cast<double>(inputs), fan_out);
  const Value r = variable("recurrence", x.dtype(), {directions, gates * units, units},
                           Initializer::kXavierUniform, fan_out, fan_out);
  const Value b = recurrent_bias(x.dtype(), layer, gates);
  if (!builder_.status().ok()) return {};
  op.hidden_size = units;
  if (layer.bidirectional) op.direction = ops::RecurrentDirection::kBidirectional;
  // The steps first, as every runtime has it; `layout` 1 is rare.
  const std::vector<Value> y = builder_.op_n(op, {transpose(x, {1, 0, 2}), w, r, b}, 2);
  if (layer.sequence) {
    return reshape(transpose(y[0], {2, 0, 1, 3}), {0, 0, directions * units});
  }
  return reshape(transpose(y[1], {1, 0, 2}), {0, directions * units});
}

Value Layers::recurrent_bias(DType dtype, const Recurrent& layer, std::int64_t gates) {
  const std::int64_t units = layer.units, directions = layer.bidirectional ? 2 : 1;
  Result<Tensor> bias = make_initial(dtype, {directions, 2 * gates * units}, {});
  if (!bias.ok()) {
    builder_.fail(bias.status());
    return {};
  }
  if (layer.kind == RecurrentKind::kLstm) {
    // Gates i, o, f, c of W, then of R. Gers, Schmidhuber and Cummins, "Learning to forget:
    // continual prediction with LSTM", 2000.
    const StoreF64 store = store_f64(dtype);
    for (std::int64_t d = 0; d < directions; ++d) {
      const std::int64_t forget = (d * 2 * gates + 2) * units;
      for (std::int64_t i = 0; i < units; ++i) store(bias->mutable_raw(), forget + i, 1);
    }
  }
  return builder_.variable("bias", std::move(*bias));
}

Value Layers::add(Value x, const Recurrent& layer) {
  static constexpr std::string_view kNames[] = {"lstm", "gru", "rnn"};
  Recurrent named = layer;
  named.name = name_of(layer.name, kNames[static_cast<std::size_t>(layer.kind)]);
  if (!has_rank(x, named.name, 3, 3)) return {};
  if (layer.units < 1 || layer.units > 1'000'000) {
    builder_.fail(invalid_argument("{}: {} units", named.name, layer.units));
    return {};
  }
  const auto scope = builder_.scope(named.name);
  switch (layer.kind) {
    case RecurrentKind::kLstm: return add_recurrence(x, named, 4, ops::LSTM{});
    case RecurrentKind::kGru: {
      ops::GRU gru;
      gru.linear_before_reset = true;  // as cuDNN and PyTorch have it
      return add_recurrence(x, named, 3, gru);
    }
    case RecurrentKind::kRnn: return add_recurrence(x, named, 1, ops::RNN{});
  }
  return {};
}

}  // namespace tern::nn
