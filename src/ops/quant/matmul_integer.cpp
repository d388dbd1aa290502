#include "base/errors.h"
#include "ops/math/matrix_product.h"
#include "ops/quant/quantization.h"
#include "ops/quant/quantized_product.h"
#include "tern/ops/quant.h"

namespace tern {
namespace {

struct MatMulIntegerImpl {
  static constexpr std::string_view summary = "Matrix product of bytes as i32.";
  static constexpr auto inputs =
      std::array{Port{"A", ops::kBytes, PortKind::kRequired, 'A'},
                 Port{"B", ops::kBytes, PortKind::kRequired, 'B'},
                 Port{"a_zero_point", ops::kBytes, PortKind::kOptional, 'A'},
                 Port{"b_zero_point", ops::kBytes, PortKind::kOptional, 'B'}};
  static constexpr auto outputs = std::array{Port{"Y", DType::kI32}};

  static Status infer(const ops::MatMulInteger&, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(std::vector<Dim> out, ops::product_dims(c.in[0].shape, c.in[1].shape));
    const auto port = [&](std::size_t i) { return c.has(i) ? c.in[i] : TypeInfo(); };
    TERN_TRY(ops::check_matrix_scales("a_zero_point", c.in[0], port(2), ops::MatrixSide::kRows));
    TERN_TRY(ops::check_matrix_scales("b_zero_point", c.in[1], port(3), ops::MatrixSide::kColumns));
    c.out.emplace_back(DType::kI32, std::move(out));
    return {};
  }

  static void reference(const ops::MatMulInteger&, ReferenceContext& c) {
    const Tensor* const a_zero = c.has(2) ? &c.in(2) : nullptr;
    const Tensor* const b_zero = c.has(3) ? &c.in(3) : nullptr;
    const auto a = ops::centered(c.in(0), a_zero, ops::MatrixSide::kRows);
    const auto b = ops::centered(c.in(1), b_zero, ops::MatrixSide::kColumns);
    // Sums beyond 32 bits wrap around.
    ops::multiply(ops::ProductGeometry(c.in(0).shape(), c.in(1).shape()), a.data(), b.data(),
                  FloatWriter(c.out(0)));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::MatMulInteger>() {
  static constexpr OpDef def =
      make_op<ops::MatMulInteger, MatMulIntegerImpl>("MatMulInteger", "ai.onnx", 10);
  return def;
}

}  // namespace tern
