#include "base/errors.h"
#include "ops/rnn/layer_grad.h"
#include "ops/rnn/rnn_cell.h"

namespace tern {
namespace {

struct RNNImpl {
  static constexpr std::string_view summary = "A recurrent layer, h' = f(W x + R h + b).";
  static constexpr auto inputs =
      std::array{Port{"X", kFloats},
                 Port{"W", kFloats},
                 Port{"R", kFloats},
                 Port{"B", kFloats, PortKind::kOptional},
                 Port{"sequence_lens", DType::kI32, PortKind::kOptional, 'L'},
                 Port{"initial_h", kFloats, PortKind::kOptional}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats, PortKind::kOptional},
                                             Port{"Y_h", kFloats, PortKind::kOptional}};

  static Status infer(const ops::RNN& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(
        const ops::RecurrentTypes types,
        ops::infer_recurrent(ops::RecurrentAttributes::of(op), ops::kRnnForm, c, 0));
    c.out = {types.y, types.state};
    return {};
  }

  static void reference(const ops::RNN& op, ReferenceContext& c) {
    const auto data =
        ops::RecurrentData::read(ops::RecurrentAttributes::of(op), ops::kRnnForm, c, 0);
    if (!data.ok()) return c.fail(data.status());
    ops::write_outputs(ops::run_cells<ops::RnnCell>(*data), c);
  }

  static void gradient(const ops::RNN& op, GradContext& g) {
    ops::layer_gradient<ops::RNNGrad>(op, ops::kRnnForm, g);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::RNN>() {
  static constexpr OpDef def = make_op<ops::RNN, RNNImpl>("RNN", "ai.onnx", 14);
  return def;
}

}  // namespace tern
