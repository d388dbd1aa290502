#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/ml/features.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/ops/ml.h"

namespace tern {
namespace {

struct ScalerImpl {
  static constexpr std::string_view summary = "(X - offset) * scale.";
  static constexpr auto inputs = std::array{Port{"X", ops::kFeatureTypes}};
  static constexpr auto outputs = std::array{Port{"Y", DType::kF32, PortKind::kRequired, 'Y'}};

  static Status infer(const ops::Scaler& op, InferContext& c) {
    if (!op.offset.empty()) {
      TERN_TRY(ops::check_per_feature(c.in[0], op.offset.size(), "offset"));
    }
    if (!op.scale.empty()) TERN_TRY(ops::check_per_feature(c.in[0], op.scale.size(), "scale"));
    return ops::push_output(c, DType::kF32, c.in[0].shape);
  }

  static void reference(const ops::Scaler& op, ReferenceContext& c) {
    const FloatReader x(c.in(0));
    float* y = c.out(0).mutable_data<float>();
    const std::int64_t features = c.in(0).rank() == 0 ? 1 : c.in(0).shape().back();
    const auto entry = [](std::span<const float> list, std::int64_t feature, double otherwise) {
      if (list.empty()) return otherwise;
      return static_cast<double>(list[ops::feature_entry(list.size(), feature)]);
    };
    for (std::int64_t i = 0, n = c.in(0).elements(); i < n; ++i) {
      const std::int64_t feature = i % features;
      y[i] =
          static_cast<float>((x[i] - entry(op.offset, feature, 0)) * entry(op.scale, feature, 1));
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Scaler>() {
  static constexpr OpDef def = make_op<ops::Scaler, ScalerImpl>("Scaler", "ai.onnx.ml", 1);
  return def;
}

}  // namespace tern
