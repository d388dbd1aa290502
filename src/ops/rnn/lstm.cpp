#include "base/errors.h"
#include "ops/rnn/layer_grad.h"
#include "ops/rnn/lstm_cell.h"

namespace tern {
namespace {

struct LSTMImpl {
  static constexpr std::string_view summary =
      "A recurrent layer with a cell of its own behind three gates.";
  static constexpr auto inputs =
      std::array{Port{"X", kFloats},
                 Port{"W", kFloats},
                 Port{"R", kFloats},
                 Port{"B", kFloats, PortKind::kOptional},
                 Port{"sequence_lens", DType::kI32, PortKind::kOptional, 'L'},
                 Port{"initial_h", kFloats, PortKind::kOptional},
                 Port{"initial_c", kFloats, PortKind::kOptional},
                 Port{"P", kFloats, PortKind::kOptional}};
  static constexpr auto outputs =
      std::array{Port{"Y", kFloats, PortKind::kOptional}, Port{"Y_h", kFloats, PortKind::kOptional},
                 Port{"Y_c", kFloats, PortKind::kOptional}};

  static Status infer(const ops::LSTM& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(
        const ops::RecurrentTypes types,
        ops::infer_recurrent(ops::RecurrentAttributes::of(op), ops::kLstmForm, c, 0));
    c.out = {types.y, types.state, types.state};
    return {};
  }

  static void reference(const ops::LSTM& op, ReferenceContext& c) {
    const auto data =
        ops::RecurrentData::read(ops::RecurrentAttributes::of(op), ops::kLstmForm, c, 0);
    if (!data.ok()) return c.fail(data.status());
    ops::write_outputs(op.input_forget ? ops::run_cells<ops::LstmCell<true>>(*data)
                                       : ops::run_cells<ops::LstmCell<false>>(*data),
                       c);
  }

  static void gradient(const ops::LSTM& op, GradContext& g) {
    ops::layer_gradient<ops::LSTMGrad>(op, ops::kLstmForm, g);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::LSTM>() {
  static constexpr OpDef def = make_op<ops::LSTM, LSTMImpl>("LSTM", "ai.onnx", 14);
  return def;
}

}  // namespace tern
