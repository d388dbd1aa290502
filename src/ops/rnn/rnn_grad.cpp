#include "ops/rnn/layer_grad.h"
#include "ops/rnn/rnn_cell.h"

namespace tern {
namespace {

struct RNNGradImpl {
  static constexpr std::string_view summary = "Gradients of RNN.";
  static constexpr auto inputs = ops::kLayerGradInputs;
  static constexpr auto outputs = ops::kLayerGradOutputs;

  static Status infer(const ops::RNNGrad& op, InferContext& c) {
    return ops::infer_layer_grad(ops::RecurrentAttributes::of(op), ops::kRnnForm, c);
  }
  static void reference(const ops::RNNGrad& op, ReferenceContext& c) {
    ops::reference_layer_grad<ops::RnnCell>(ops::RecurrentAttributes::of(op), ops::kRnnForm, c);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::RNNGrad>() {
  static constexpr OpDef def = make_op<ops::RNNGrad, RNNGradImpl>("RNNGrad", "tern", 1);
  return def;
}

}  // namespace tern
