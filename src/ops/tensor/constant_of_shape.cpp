#include "base/errors.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

struct ConstantOfShapeImpl {
  static constexpr std::string_view summary = "A tensor of given sizes and one value.";
  static constexpr auto inputs = std::array{Port{"input", DType::kI64, PortKind::kRequired, 'I'}};
  static constexpr auto outputs = std::array{Port{"output", kAnyType}};

  static Status infer(const ops::ConstantOfShape& op, InferContext& c) {
    TERN_TRY(ops::check_vector(c, 0, "the shape"));
    if (op.value.defined() && op.value.elements() != 1) {
      return invalid_argument("value has {} elements, not 1", op.value.elements());
    }
    const DType dtype = op.value.defined() ? op.value.dtype() : DType::kF32;
    const std::optional<std::vector<std::int64_t>> sizes = c.ints(0);
    if (!sizes) {
      ops::push_unknown(c, dtype, c.in[0].shape[0]);
      return {};
    }
    TERN_ASSIGN_OR_RETURN(const Shape shape, Shape::from(*sizes));
    c.out.emplace_back(dtype, shape);
    return {};
  }

  static void reference(const ops::ConstantOfShape& op, ReferenceContext& c) {
    const Tensor value = op.value.defined() ? op.value : Tensor::scalar<float>(0);
    for (std::int64_t i = 0, n = c.out(0).elements(); i < n; ++i) {
      copy_element(value, 0, c.out(0), i);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ConstantOfShape>() {
  static constexpr OpDef def =
      make_op<ops::ConstantOfShape, ConstantOfShapeImpl>("ConstantOfShape", "ai.onnx", 9);
  return def;
}

}  // namespace tern
