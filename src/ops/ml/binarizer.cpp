#include "graph/op_def.h"
#include "ops/elementwise.h"
#include "ops/ml/features.h"
#include "ops/reference.h"
#include "tern/ops/ml.h"

namespace tern {
namespace {

struct BinarizerImpl {
  static constexpr std::string_view summary = "1 where X > threshold, else 0.";
  static constexpr auto inputs = std::array{Port{"X", ops::kFeatureTypes}};
  static constexpr auto outputs = std::array{Port{"Y", ops::kFeatureTypes}};

  static Status infer(const ops::Binarizer&, InferContext& c) { return ops::infer_same(c); }

  static void reference(const ops::Binarizer& op, ReferenceContext& c) {
    const FloatReader x(c.in(0));
    const FloatWriter y(c.out(0));
    for (std::int64_t i = 0, n = c.in(0).elements(); i < n; ++i) {
      y.set(i, x[i] > static_cast<double>(op.threshold) ? 1 : 0);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Binarizer>() {
  static constexpr OpDef def = make_op<ops::Binarizer, BinarizerImpl>("Binarizer", "ai.onnx.ml", 1);
  return def;
}

}  // namespace tern
