#include "base/errors.h"
#include "ops/elementwise.h"
#include "tern/ops/nn_grad.h"

namespace tern {
namespace {

struct DropoutGradImpl {
  static constexpr std::string_view summary = "Gradient of Dropout.";
  static constexpr auto inputs =
      std::array{Port{"dY", kFloats}, Port{"mask", kBools, PortKind::kRequired, 'B'},
                 Port{"ratio", kFloats, PortKind::kOptional, 'R'},
                 Port{"training_mode", kBools, PortKind::kOptional, 'B'}};
  static constexpr auto outputs = std::array{Port{"dX", kFloats}};

  static Status infer(const ops::DropoutGrad&, InferContext& c) {
    TERN_TRY(ops::check_same_shape("mask", c.in[1], "dY", c.in[0]));
    for (const std::size_t i : {2, 3}) {
      if (c.has(i)) TERN_TRY(ops::check_scalar(inputs[i].name, c.in[i]));
    }
    return ops::infer_same(c);
  }

  static void reference(const ops::DropoutGrad&, ReferenceContext& c) {
    const bool training = c.has(3) && IntReader(c.in(3))[0] != 0;
    const double ratio = c.has(2) ? FloatReader(c.in(2))[0] : 0.5;
    const double scale = training ? 1 / (1 - ratio) : 1;
    const bool* mask = c.in(1).data<bool>();
    const FloatReader dy(c.in(0));
    const FloatWriter dx(c.out(0));
    for (std::int64_t i = 0, n = c.in(0).elements(); i < n; ++i) {
      dx.set(i, mask[i] ? dy[i] * scale : 0.0);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::DropoutGrad>() {
  static constexpr OpDef def = make_op<ops::DropoutGrad, DropoutGradImpl>("DropoutGrad", "tern", 1);
  return def;
}

}  // namespace tern
