#include <algorithm>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/ml/class_labels.h"
#include "ops/ml/features.h"
#include "ops/ml/key_index.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tensor/element.h"
#include "tern/ops/ml.h"

namespace tern {
namespace {

ops::ClassLabels categories_of(const ops::OneHotEncoder& op) {
  return {.ints = op.cats_int64s, .strings = op.cats_strings};
}

// The category that element `i` is; floats are cut towards 0.
std::optional<std::int64_t> category(const ops::KeyIndex& index, const Tensor& x, std::int64_t i) {
  if (x.dtype() == DType::kString) return index.find(x, i);
  if (!is_floating(x.dtype())) return index.find(IntReader(x)[i]);
  constexpr double kLimit = 9223372036854775808.0;
  const double value = FloatReader(x)[i];
  if (!(value >= -kLimit && value < kLimit)) return std::nullopt;
  return index.find(static_cast<std::int64_t>(value));
}

struct OneHotEncoderImpl {
  static constexpr std::string_view summary = "A new axis with a 1 at the category.";
  static constexpr auto inputs = std::array{Port{"X", ops::kFeatureTypes | DType::kString}};
  static constexpr auto outputs = std::array{Port{"Y", DType::kF32, PortKind::kRequired, 'Y'}};

  static Status infer(const ops::OneHotEncoder& op, InferContext& c) {
    if (op.cats_int64s.empty() == op.cats_strings.empty()) {
      return invalid_argument("cats_int64s has {} entries, cats_strings {}; one is needed",
                              op.cats_int64s.size(), op.cats_strings.size());
    }
    if ((c.in[0].dtype == DType::kString) == op.cats_strings.empty()) {
      return invalid_argument("X is {}, the categories are {}", to_string(c.in[0].dtype),
                              to_string(categories_of(op).dtype()));
    }
    std::vector<Dim> shape = c.in[0].shape;
    shape.emplace_back(categories_of(op).count());
    return ops::push_output(c, DType::kF32, std::move(shape));
  }

  static void reference(const ops::OneHotEncoder& op, ReferenceContext& c) {
    const ops::KeyIndex index(categories_of(op).tensor());
    const std::int64_t categories = categories_of(op).count();
    auto y = c.out(0).mutable_span<float>();
    std::ranges::fill(y, 0.0F);
    for (std::int64_t i = 0, n = c.in(0).elements(); i < n; ++i) {
      const std::optional<std::int64_t> at = category(index, c.in(0), i);
      if (at) {
        y[static_cast<std::size_t>(i * categories + *at)] = 1;
      } else if (!op.zeros) {
        return c.fail(invalid_argument("{} is no category", element_to_string(c.in(0), i)));
      }
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::OneHotEncoder>() {
  static constexpr OpDef def =
      make_op<ops::OneHotEncoder, OneHotEncoderImpl>("OneHotEncoder", "ai.onnx.ml", 1);
  return def;
}

}  // namespace tern
