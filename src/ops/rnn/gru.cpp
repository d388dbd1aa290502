#include "base/errors.h"
#include "ops/rnn/gru_cell.h"
#include "ops/rnn/layer_grad.h"

namespace tern {
namespace {

struct GRUImpl {
  static constexpr std::string_view summary = "A recurrent layer with update and reset gates.";
  static constexpr auto inputs =
      std::array{Port{"X", kFloats},
                 Port{"W", kFloats},
                 Port{"R", kFloats},
                 Port{"B", kFloats, PortKind::kOptional},
                 Port{"sequence_lens", DType::kI32, PortKind::kOptional, 'L'},
                 Port{"initial_h", kFloats, PortKind::kOptional}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats, PortKind::kOptional},
                                             Port{"Y_h", kFloats, PortKind::kOptional}};

  static Status infer(const ops::GRU& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(
        const ops::RecurrentTypes types,
        ops::infer_recurrent(ops::RecurrentAttributes::of(op), ops::kGruForm, c, 0));
    c.out = {types.y, types.state};
    return {};
  }

  static void reference(const ops::GRU& op, ReferenceContext& c) {
    const auto data =
        ops::RecurrentData::read(ops::RecurrentAttributes::of(op), ops::kGruForm, c, 0);
    if (!data.ok()) return c.fail(data.status());
    ops::write_outputs(op.linear_before_reset ? ops::run_cells<ops::GruCell<true>>(*data)
                                              : ops::run_cells<ops::GruCell<false>>(*data),
                       c);
  }

  static void gradient(const ops::GRU& op, GradContext& g) {
    ops::layer_gradient<ops::GRUGrad>(op, ops::kGruForm, g);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::GRU>() {
  static constexpr OpDef def = make_op<ops::GRU, GRUImpl>("GRU", "ai.onnx", 14);
  return def;
}

}  // namespace tern
