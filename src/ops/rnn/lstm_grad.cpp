#include "ops/rnn/layer_grad.h"
#include "ops/rnn/lstm_cell.h"

namespace tern {
namespace {

struct LSTMGradImpl {
  static constexpr std::string_view summary = "Gradients of LSTM.";
  static constexpr auto inputs =
      std::array{Port{"dY", kFloats, PortKind::kOptional},
                 Port{"dY_h", kFloats, PortKind::kOptional},
                 Port{"dY_c", kFloats, PortKind::kOptional},
                 Port{"X", kFloats},
                 Port{"W", kFloats},
                 Port{"R", kFloats},
                 Port{"B", kFloats, PortKind::kOptional},
                 Port{"sequence_lens", DType::kI32, PortKind::kOptional, 'L'},
                 Port{"initial_h", kFloats, PortKind::kOptional},
                 Port{"initial_c", kFloats, PortKind::kOptional},
                 Port{"P", kFloats, PortKind::kOptional}};
  static constexpr auto outputs = std::array{Port{"dX", kFloats, PortKind::kOptional},
                                             Port{"dW", kFloats, PortKind::kOptional},
                                             Port{"dR", kFloats, PortKind::kOptional},
                                             Port{"dB", kFloats, PortKind::kOptional},
                                             Port{"dinitial_h", kFloats, PortKind::kOptional},
                                             Port{"dinitial_c", kFloats, PortKind::kOptional},
                                             Port{"dP", kFloats, PortKind::kOptional}};

  static Status infer(const ops::LSTMGrad& op, InferContext& c) {
    return ops::infer_layer_grad(ops::RecurrentAttributes::of(op), ops::kLstmForm, c);
  }
  static void reference(const ops::LSTMGrad& op, ReferenceContext& c) {
    const auto run = op.input_forget ? ops::reference_layer_grad<ops::LstmCell<true>>
                                     : ops::reference_layer_grad<ops::LstmCell<false>>;
    run(ops::RecurrentAttributes::of(op), ops::kLstmForm, c);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::LSTMGrad>() {
  static constexpr OpDef def = make_op<ops::LSTMGrad, LSTMGradImpl>("LSTMGrad", "tern", 1);
  return def;
}

}  // namespace tern
