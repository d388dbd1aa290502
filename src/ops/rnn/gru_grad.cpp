#include "ops/rnn/gru_cell.h"
#include "ops/rnn/layer_grad.h"

namespace tern {
namespace {

struct GRUGradImpl {
  static constexpr std::string_view summary = "Gradients of GRU.";
  static constexpr auto inputs = ops::kLayerGradInputs;
  static constexpr auto outputs = ops::kLayerGradOutputs;

  static Status infer(const ops::GRUGrad& op, InferContext& c) {
    return ops::infer_layer_grad(ops::RecurrentAttributes::of(op), ops::kGruForm, c);
  }
  static void reference(const ops::GRUGrad& op, ReferenceContext& c) {
    const auto run = op.linear_before_reset ? ops::reference_layer_grad<ops::GruCell<true>>
                                            : ops::reference_layer_grad<ops::GruCell<false>>;
    run(ops::RecurrentAttributes::of(op), ops::kGruForm, c);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::GRUGrad>() {
  static constexpr OpDef def = make_op<ops::GRUGrad, GRUGradImpl>("GRUGrad", "tern", 1);
  return def;
}

}  // namespace tern
