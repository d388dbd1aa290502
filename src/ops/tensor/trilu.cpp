#include <algorithm>
#include <cstring>

#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

constexpr TypeSet kTypes = kNumeric | kBools;

struct TriluImpl {
  static constexpr std::string_view summary = "One triangle of the last two axes, zero elsewhere.";
  static constexpr auto inputs =
      std::array{Port{"input", kTypes}, Port{"k", DType::kI64, PortKind::kOptional, 'I'}};
  static constexpr auto outputs = std::array{Port{"output", kTypes}};

  static Status infer(const ops::Trilu&, InferContext& c) {
    if (c.in[0].rank() < 2)
      return invalid_argument("the input has rank {}, below 2", c.in[0].rank());
    if (c.has(1)) TERN_TRY(ops::check_scalar("k", c.in[1]));
    c.out.push_back(c.in[0]);
    return {};
  }

  static void reference(const ops::Trilu& op, ReferenceContext& c) {
    const Shape& shape = c.in(0).shape();
    const std::int64_t rows = shape[shape.rank() - 2];
    const std::int64_t columns = shape.back();
    // A diagonal outside the matrix means the same wherever it is.
    const std::int64_t k = c.has(1) ? std::clamp(IntReader(c.in(1))[0], -rows - 1, columns + 1) : 0;
    std::memset(c.out(0).mutable_raw(), 0, c.out(0).bytes());
    const std::int64_t matrices = shape.elements(0, shape.rank() - 2);
    for (std::int64_t row = 0; row < matrices * rows; ++row) {
      const std::int64_t diagonal = row % rows + k;
      const std::int64_t begin =
          op.upper ? std::clamp<std::int64_t>(diagonal, 0, columns) : std::int64_t{0};
      const std::int64_t end =
          op.upper ? columns : std::clamp<std::int64_t>(diagonal + 1, 0, columns);
      const std::int64_t at = row * columns + begin;
      copy_elements(c.in(0), at, c.out(0), at, end - begin);
    }
  }

  static void gradient(const ops::Trilu& op, GradContext& g) {
    g.set(0, g.builder().op(op, {g.grad(0), g.input(1)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Trilu>() {
  static constexpr OpDef def = make_op<ops::Trilu, TriluImpl>("Trilu", "ai.onnx", 14);
  return def;
}

}  // namespace tern
