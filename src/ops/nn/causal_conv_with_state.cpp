#include <cmath>

#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/expand.h"
#include "ops/nn/normalization.h"
#include "ops/tensor/dims.h"
#include "tern/functions.h"
#include "tern/ops/transformer.h"

namespace tern {
namespace {

// past_state and input of a channel as one row.
std::vector<double> padded_row(ReferenceContext& c, std::int64_t row, std::int64_t state,
                               std::int64_t length) {
  std::vector<double> values(static_cast<std::size_t>(state + length), 0.0);
  for (std::int64_t i = 0; c.has(3) && i < state; ++i) {
    values[static_cast<std::size_t>(i)] = FloatReader(c.in(3))[row * state + i];
  }
  const FloatReader x(c.in(0));
  for (std::int64_t i = 0; i < length; ++i) {
    values[static_cast<std::size_t>(state + i)] = x[row * length + i];
  }
  return values;
}

struct CausalConvWithStateImpl {
  static constexpr std::string_view summary =
      "Convolves each channel looking back only, across calls.";
  static constexpr auto inputs = std::array{Port{"input", kFloats}, Port{"weight", kFloats},
                                            Port{"bias", kFloats, PortKind::kOptional},
                                            Port{"past_state", kFloats, PortKind::kOptional}};
  static constexpr auto outputs =
      std::array{Port{"output", kFloats}, Port{"present_state", kFloats, PortKind::kOptional}};

  static Status infer(const ops::CausalConvWithState&, InferContext& c) {
    for (const std::size_t i : {0, 1}) {
      if (c.in[i].rank() != 3) {
        return invalid_argument("{} has rank {}, not 3", inputs[i].name, c.in[i].rank());
      }
    }
    const std::vector<Dim>& x = c.in[0].shape;
    const std::vector<Dim>& w = c.in[1].shape;
    if (w[0].known() && x[1].known() && w[0].value() != x[1].value()) {
      return invalid_argument("weight is for {} channels, input has {}", w[0].value(),
                              x[1].value());
    }
    if (w[1].known() && w[1].value() != 1) {
      return invalid_argument("weight has {} on axis 1, not 1", w[1].value());
    }
    if (w[2].known() && w[2].value() < 1) return invalid_argument("weight has no entries");
    if (c.has(2)) TERN_TRY(ops::check_channel_vector("bias", c.in[2], x[1]));
    const Dim state = w[2].known() ? Dim(w[2].value() - 1) : Dim();
    TypeInfo present(c.in[0].dtype, std::vector<Dim>{x[0], x[1], state});
    if (c.has(3)) TERN_TRY(ops::check_same_shape("past_state", c.in[3], "present_state", present));
    TERN_TRY(ops::check_limits(present.shape));
    c.out = {c.in[0], std::move(present)};
    return {};
  }

  static void reference(const ops::CausalConvWithState& op, ReferenceContext& c) {
    const std::int64_t channels = c.in(0).dim(1), length = c.in(0).dim(2);
    const std::int64_t taps = c.in(1).dim(2);
    const FloatReader w(c.in(1));
    for (std::int64_t row = 0; row < c.in(0).dim(0) * channels; ++row) {
      const std::int64_t channel = row % channels;
      const std::vector<double> x = padded_row(c, row, taps - 1, length);
      for (std::int64_t i = 0; c.wants(0) && i < length; ++i) {
        double sum = c.has(2) ? FloatReader(c.in(2))[channel] : 0.0;
        for (std::int64_t t = 0; t < taps; ++t) {
          sum += w[channel * taps + t] * x[static_cast<std::size_t>(i + t)];
        }
        const bool silu = op.activation != ops::CausalConvActivation::kNone;
        FloatWriter(c.out(0)).set(row * length + i, silu ? sum / (1 + std::exp(-sum)) : sum);
      }
      for (std::int64_t i = 0; c.wants(1) && i < taps - 1; ++i) {
        FloatWriter(c.out(1)).set(row * (taps - 1) + i, x[static_cast<std::size_t>(length + i)]);
      }
    }
  }

  static void expand(const ops::CausalConvWithState& op, ExpandContext& c) {
    const Value x = c.input(0), w = c.input(1);
    const Dim channels = w.type().shape[0], taps = w.type().shape[2];
    if (!channels.known() || !taps.known()) {
      return c.builder().fail(unimplemented("CausalConvWithState with weights of unknown size"));
    }
    const std::int64_t state = taps.value() - 1;
    const Value padded = c.has(3) ? concat({c.input(3), x}, 2) : pad(x, {0, 0, state, 0, 0, 0});
    Value y = conv(padded, w, c.input(2), {.group = channels.value()});
    if (op.activation != ops::CausalConvActivation::kNone) y = silu(y);
    c.set(0, y);
    constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
    c.set(1, slice(padded, {state == 0 ? kEnd : -state}, {kEnd}, {2}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::CausalConvWithState>() {
  static constexpr OpDef def = make_op<ops::CausalConvWithState, CausalConvWithStateImpl>(
      "CausalConvWithState", "ai.onnx", 27);
  return def;
}

}  // namespace tern
