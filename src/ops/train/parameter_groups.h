// What the optimiser steps of ai.onnx.preview.training share: the learning rate and the update
// count in front, then parameters, gradients and states, one group after the other.
#pragma once

#include "base/errors.h"
#include "ops/elementwise.h"

namespace tern::ops {

inline constexpr std::size_t kFirstParameter = 2;

/// The number of parameters of a step that keeps `states` tensors for each; 0 when the inputs are
/// no such groups.
inline std::size_t parameter_count(std::size_t inputs, std::size_t states) {
  const std::size_t groups = 2 + states;
  return inputs > kFirstParameter && (inputs - kFirstParameter) % groups == 0
             ? (inputs - kFirstParameter) / groups
             : 0;
}

/// The outputs are the parameters and the states.
inline Status infer_parameter_groups(std::size_t states, InferContext& c) {
  TERN_TRY(check_scalar("R", c.in[0]));
  TERN_TRY(check_scalar("T", c.in[1]));
  const std::size_t count = parameter_count(c.in.size(), states);
  if (count == 0) {
    return invalid_argument("{} inputs after R and T are no {} groups",
                            c.in.size() - kFirstParameter, 2 + states);
  }
  for (std::size_t group = 0; group < 2 + states; ++group) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = kFirstParameter + group * count + i;
      if (!c.has(at)) return invalid_argument("input {} is left out", at);
      TERN_TRY(check_same_shape(fmt::format("input {}", at), c.in[at], "its parameter",
                                c.in[kFirstParameter + i]));
      if (group != 1) c.out.push_back(c.in[at]);
    }
  }
  return {};
}

/// body(x, g, states, set) for every element of every parameter: states[k] is a state before the
/// step, set(0, value) states the new parameter, set(1 + k, value) state k.
template <std::size_t kStates, class Body>
void for_each_parameter_entry(ReferenceContext& c, Body body) {
  const std::size_t count = parameter_count(c.inputs(), kStates);
  for (std::size_t p = 0; p < count; ++p) {
    const auto input = [&](std::size_t group) -> const Tensor& {
      return c.in(kFirstParameter + group * count + p);
    };
    const FloatReader x(input(0)), g(input(1));
    for (std::int64_t i = 0; i < input(0).elements(); ++i) {
      std::array<double, kStates> states{};
      for (std::size_t k = 0; k < kStates; ++k) states[k] = FloatReader(input(2 + k))[i];
      body(x[i], g[i], states, [&](std::size_t group, double value) {
        const std::size_t at = group * count + p;
        if (c.wants(at)) FloatWriter(c.out(at)).set(i, value);
      });
    }
  }
}

inline constexpr auto kOptimizerInputs =
    std::array{Port{"R", TypeSet(DType::kF32) | DType::kF64, PortKind::kRequired, 'R'},
               Port{"T", DType::kI64, PortKind::kRequired, 'I'},
               Port{"inputs", TypeSet(DType::kF32) | DType::kF64, PortKind::kVariadic, '\0'}};
inline constexpr auto kOptimizerOutputs =
    std::array{Port{"outputs", TypeSet(DType::kF32) | DType::kF64, PortKind::kVariadic, '\0'}};

}  // namespace tern::ops
