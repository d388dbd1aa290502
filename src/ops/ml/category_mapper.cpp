#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/ml/key_index.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/ops/ml.h"

namespace tern {
namespace {

constexpr TypeSet kTypes = TypeSet(DType::kString) | DType::kI64;

struct CategoryMapperImpl {
  static constexpr std::string_view summary = "Strings to integers, or integers to strings.";
  static constexpr auto inputs = std::array{Port{"X", kTypes}};
  static constexpr auto outputs = std::array{Port{"Y", kTypes, PortKind::kRequired, 'Y'}};

  static Status infer(const ops::CategoryMapper& op, InferContext& c) {
    if (op.cats_int64s.size() != op.cats_strings.size()) {
      return invalid_argument("cats_int64s has {} entries, cats_strings {}", op.cats_int64s.size(),
                              op.cats_strings.size());
    }
    const bool strings = c.in[0].dtype == DType::kString;
    return ops::push_output(c, strings ? DType::kI64 : DType::kString, c.in[0].shape);
  }

  static void reference(const ops::CategoryMapper& op, ReferenceContext& c) {
    const Tensor numbers = Tensor::vector<std::int64_t>(std::span(op.cats_int64s));
    const Tensor texts = Tensor::vector<std::string>(std::span(op.cats_strings));
    const bool strings = c.in(0).dtype() == DType::kString;
    const Tensor& values = strings ? numbers : texts;
    const Tensor fallback =
        strings ? Tensor::scalar(op.default_int64) : Tensor::scalar(op.default_string);
    const ops::KeyIndex index(strings ? texts : numbers);
    for (std::int64_t i = 0, n = c.in(0).elements(); i < n; ++i) {
      const std::optional<std::int64_t> at = index.find(c.in(0), i);
      copy_element(at ? values : fallback, at.value_or(0), c.out(0), i);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::CategoryMapper>() {
  static constexpr OpDef def =
      make_op<ops::CategoryMapper, CategoryMapperImpl>("CategoryMapper", "ai.onnx.ml", 1);
  return def;
}

}  // namespace tern
