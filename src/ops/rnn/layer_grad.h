// What RNNGrad, GRUGrad and LSTMGrad share.
#pragma once

#include <array>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/elementwise.h"
#include "ops/rnn/cell.h"

namespace tern::ops {

/// The gradients of Y, Y_h and, with a cell, Y_c stand in front of the layer's inputs.
constexpr std::size_t layer_outputs(const RecurrentForm& form) { return form.has_cell ? 3 : 2; }

inline constexpr auto kLayerGradInputs =
    std::array{Port{"dY", kFloats, PortKind::kOptional},
               Port{"dY_h", kFloats, PortKind::kOptional},
               Port{"X", kFloats},
               Port{"W", kFloats},
               Port{"R", kFloats},
               Port{"B", kFloats, PortKind::kOptional},
               Port{"sequence_lens", DType::kI32, PortKind::kOptional, 'L'},
               Port{"initial_h", kFloats, PortKind::kOptional}};
inline constexpr auto kLayerGradOutputs =
    std::array{Port{"dX", kFloats, PortKind::kOptional}, Port{"dW", kFloats, PortKind::kOptional},
               Port{"dR", kFloats, PortKind::kOptional}, Port{"dB", kFloats, PortKind::kOptional},
               Port{"dinitial_h", kFloats, PortKind::kOptional}};

inline Status infer_layer_grad(const RecurrentAttributes& a, const RecurrentForm& form,
                               InferContext& c) {
  const std::size_t first = layer_outputs(form);
  TERN_ASSIGN_OR_RETURN(const RecurrentTypes types, infer_recurrent(a, form, c, first));
  if (c.has(0)) TERN_TRY(check_same_shape("dY", c.in[0], "Y", types.y));
  if (c.has(1)) TERN_TRY(check_same_shape("dY_h", c.in[1], "Y_h", types.state));
  if (form.has_cell && c.has(2)) TERN_TRY(check_same_shape("dY_c", c.in[2], "Y_c", types.state));
  const auto in = [&](RecurrentInput i) -> const TypeInfo& { return c.in[first + i]; };
  const Dim& directions = in(kInputW).shape[0];
  const Dim& rows = in(kInputW).shape[1];
  const auto vector_of = [&](std::int64_t share, std::int64_t of) {
    const Dim size = rows.known() ? Dim(rows.value() / of * share) : Dim();
    return TypeInfo(in(kInputX).dtype, std::vector<Dim>{directions, size});
  };
  c.out = {in(kInputX), in(kInputW), in(kInputR), vector_of(2, 1), types.state};
  if (form.has_cell) {
    c.out.push_back(types.state);
    c.out.push_back(vector_of(3, form.gates));
  }
  return {};
}

template <class Cell>
void reference_layer_grad(const RecurrentAttributes& a, const RecurrentForm& form,
                          ReferenceContext& c) {
  const auto data = RecurrentData::read(a, form, c, layer_outputs(form));
  if (!data.ok()) return c.fail(data.status());
  const CellOutputs d = read_output_gradients(c, data->sizes, form.has_cell);
  write_gradients(back_through_cells<Cell>(*data, d), c);
}

/// The gradient rule: `Grad` on the gradients of the outputs and all inputs.
template <class Grad, class Op>
void layer_gradient(const Op& op, const RecurrentForm& form, GradContext& g) {
  std::vector<Value> inputs;
  for (std::size_t i = 0; i < layer_outputs(form); ++i) inputs.push_back(g.grad(i));
  for (std::size_t i = 0; i < g.inputs(); ++i) inputs.push_back(g.input(i));
  const std::vector<Value> d =
      g.builder().op_n(with_attributes_of<Grad>(op), inputs, form.has_cell ? 7 : 5);
  for (std::size_t i = 0; i < 4; ++i) g.set(i, d[i]);
  for (std::size_t i = 4; i < d.size(); ++i) g.set(i + 1, d[i]);  // sequence_lens has none
}

}  // namespace tern::ops
