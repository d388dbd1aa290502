#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/ml/features.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/ops/ml.h"

namespace tern {
namespace {

constexpr TypeSet kTypes = ops::kFeatureTypes | DType::kString;

struct ArrayFeatureExtractorImpl {
  static constexpr std::string_view summary = "Entries Y of the last axis of X.";
  static constexpr auto inputs =
      std::array{Port{"X", kTypes}, Port{"Y", DType::kI64, PortKind::kRequired, 'I'}};
  static constexpr auto outputs = std::array{Port{"Z", kTypes}};

  static Status infer(const ops::ArrayFeatureExtractor&, InferContext& c) {
    if (c.in[0].rank() == 0) return invalid_argument("X is a scalar");
    std::vector<Dim> shape = c.in[0].shape;
    if (shape.size() == 1) shape.insert(shape.begin(), Dim(1));
    shape.back() = Dim();
    if (c.in[1].concrete()) shape.back() = Dim(c.in[1].concrete_shape().elements());
    return ops::push_output(c, c.in[0].dtype, std::move(shape));
  }

  static void reference(const ops::ArrayFeatureExtractor&, ReferenceContext& c) {
    const Tensor& x = c.in(0);
    const auto wanted = c.in(1).span<std::int64_t>();
    const std::int64_t features = x.shape().back();
    for (const std::int64_t index : wanted) {
      if (index < 0 || index >= features) {
        return c.fail(out_of_range("index {} of {} features", index, features));
      }
    }
    std::int64_t to = 0;
    for (std::int64_t from = 0; from < x.elements(); from += features) {
      for (const std::int64_t index : wanted) copy_element(x, from + index, c.out(0), to++);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ArrayFeatureExtractor>() {
  static constexpr OpDef def = make_op<ops::ArrayFeatureExtractor, ArrayFeatureExtractorImpl>(
      "ArrayFeatureExtractor", "ai.onnx.ml", 1);
  return def;
}

}  // namespace tern
