// What recurrent layers and their gradients share: attributes, sizes, inference, inputs as numbers.
#pragma once

#include <span>
#include <vector>

#include "graph/op_def.h"
#include "ops/reference.h"
#include "ops/rnn/activation_function.h"
#include "tern/ops/rnn.h"

namespace tern::ops {

/// What tells one kind of layer from another.
struct RecurrentForm {
  std::int64_t gates = 1;
  std::span<const GateFunction> defaults;  // the activations of a direction
  bool has_cell = false;                   // initial_c and P follow initial_h
};

/// The inputs of a layer, counted from X.
enum RecurrentInput : std::size_t {
  kInputX,
  kInputW,
  kInputR,
  kInputB,
  kSequenceLens,
  kInitialH,
  kInitialC,
  kPeepholes,
};

/// The attributes that all layers have.
struct RecurrentAttributes {
  std::span<const std::string> activations;
  std::span<const float> alphas;
  std::span<const float> betas;
  std::optional<float> clip;
  RecurrentDirection direction = RecurrentDirection::kForward;
  std::optional<std::int64_t> hidden_size;
  std::int64_t layout = 0;

  template <class Op>
  static RecurrentAttributes of(const Op& op) {
    return {op.activations, op.activation_alpha, op.activation_beta, op.clip,
            op.direction,   op.hidden_size,      op.layout};
  }
  std::int64_t directions() const {
    return direction == RecurrentDirection::kBidirectional ? 2 : 1;
  }
};

/// An operator with the attributes of another: the gradient of a layer.
template <class To, class From>
To with_attributes_of(const From& from) {
  To to;
  to.activation_alpha = from.activation_alpha;
  to.activation_beta = from.activation_beta;
  to.activations = from.activations;
  to.clip = from.clip;
  to.direction = from.direction;
  to.hidden_size = from.hidden_size;
  to.layout = from.layout;
  if constexpr (requires { to.input_forget; }) to.input_forget = from.input_forget;
  if constexpr (requires { to.linear_before_reset; }) {
    to.linear_before_reset = from.linear_before_reset;
  }
  return to;
}

/// The types of Y and of a state.
struct RecurrentTypes {
  TypeInfo y;
  TypeInfo state;
};

/// Checks attributes and the inputs, of which X is c.in[first].
Result<RecurrentTypes> infer_recurrent(const RecurrentAttributes& a, const RecurrentForm& form,
                                       const InferContext& c, std::size_t first);

/// Sizes of a concrete layer, and where things stand in its tensors.
struct RecurrentSizes {
  std::int64_t steps = 0;
  std::int64_t batch = 0;
  std::int64_t input = 0;
  std::int64_t hidden = 0;
  std::int64_t directions = 1;
  bool batch_first = false;
  bool first_is_reverse = false;

  static RecurrentSizes of(const RecurrentAttributes& a, const tern::Shape& x,
                           const tern::Shape& r);

  std::size_t x(std::int64_t step, std::int64_t n) const {
    return static_cast<std::size_t>((batch_first ? n * steps + step : step * batch + n) * input);
  }
  std::size_t y(std::int64_t step, std::int64_t direction, std::int64_t n) const {
    const std::int64_t row = batch_first ? (n * steps + step) * directions + direction
                                         : (step * directions + direction) * batch + n;
    return static_cast<std::size_t>(row * hidden);
  }
  std::size_t state(std::int64_t direction, std::int64_t n) const {
    const std::int64_t row = batch_first ? n * directions + direction : direction * batch + n;
    return static_cast<std::size_t>(row * hidden);
  }
  std::size_t x_elements() const { return static_cast<std::size_t>(steps * batch * input); }
  std::size_t y_elements() const {
    return static_cast<std::size_t>(steps * directions * batch * hidden);
  }
  std::size_t state_elements() const {
    return static_cast<std::size_t>(directions * batch * hidden);
  }
  /// Where the `i`th step of a sequence of `length` stands.
  std::int64_t step(std::int64_t direction, std::int64_t i, std::int64_t length) const {
    return first_is_reverse || direction == 1 ? length - 1 - i : i;
  }
};

/// A layer's inputs as numbers; those left out are zeros.
struct RecurrentData {
  RecurrentSizes sizes;
  std::int64_t gates = 1;
  std::vector<GateActivation> activations;  // of one direction after the other
  std::vector<std::int64_t> lengths;        // per sequence
  std::vector<double> x, w, r, b, initial_h, initial_c, peepholes;

  /// X is input `first`. Fails for a sequence length outside [0, steps].
  static Result<RecurrentData> read(const RecurrentAttributes& a, const RecurrentForm& form,
                                    const ReferenceContext& c, std::size_t first);

  /// Activation `i` of a direction.
  const GateActivation& activation(std::int64_t direction, std::int64_t i) const {
    const auto each = static_cast<std::int64_t>(activations.size()) / sizes.directions;
    return activations[static_cast<std::size_t>(direction * each + i)];
  }
};

/// The steps of each sequence, all of them without `lens`. Fails for a length outside [0, steps].
Result<std::vector<std::int64_t>> sequence_lengths(const Tensor* lens, std::int64_t steps,
                                                   std::int64_t batch);

}  // namespace tern::ops
