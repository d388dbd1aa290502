#include <cstring>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/reference.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

constexpr TypeSet kTypes = kNumeric | kBools;

struct EyeLikeImpl {
  static constexpr std::string_view summary = "Ones on one diagonal of a matrix.";
  static constexpr auto inputs = std::array{Port{"input", kTypes, PortKind::kRequired, 'T', true}};
  static constexpr auto outputs = std::array{Port{"output", kTypes, PortKind::kRequired, 'U'}};

  static Status infer(const ops::EyeLike& op, InferContext& c) {
    if (c.in[0].rank() != 2)
      return invalid_argument("the input has rank {}, not 2", c.in[0].rank());
    const DType dtype = op.dtype == DType::kUndefined ? c.in[0].dtype : op.dtype;
    if (!kTypes.contains(dtype)) {
      return invalid_argument("attribute 'dtype' is {}, not one of {}", to_string(dtype),
                              kTypes.to_string());
    }
    c.out.emplace_back(dtype, c.in[0].shape);
    return {};
  }

  static void reference(const ops::EyeLike& op, ReferenceContext& c) {
    Tensor& out = c.out(0);
    std::memset(out.mutable_raw(), 0, out.bytes());
    const std::int64_t rows = out.dim(0);
    const std::int64_t columns = out.dim(1);
    if (op.k >= columns || op.k <= -rows) return;
    const IntWriter ones(out);
    for (std::int64_t row = 0; row < rows; ++row) {
      const std::int64_t column = row + op.k;
      if (column >= 0 && column < columns) ones.set(row * columns + column, 1);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::EyeLike>() {
  static constexpr OpDef def = make_op<ops::EyeLike, EyeLikeImpl>("EyeLike", "ai.onnx", 9);
  return def;
}

}  // namespace tern
