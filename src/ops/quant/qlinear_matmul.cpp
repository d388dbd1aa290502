#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/math/matrix_product.h"
#include "ops/quant/quantization.h"
#include "ops/quant/quantized_product.h"
#include "tern/ops/quant.h"

namespace tern {
namespace {

constexpr TypeSet kTypes = ops::kBytes | ops::kByteFloats;
using ops::MatrixSide;

// Keeps the sums of a product.
struct Sums {
  std::vector<double>& values;
  void set(std::int64_t i, double sum) const { values[static_cast<std::size_t>(i)] = sum; }
};

struct QLinearMatMulImpl {
  static constexpr std::string_view summary = "Matrix product of quantised numbers, quantised.";
  static constexpr auto inputs = std::array{Port{"a", kTypes, PortKind::kRequired, 'A'},
                                            Port{"a_scale", ops::kScales, PortKind::kRequired, 'S'},
                                            Port{"a_zero_point", kTypes, PortKind::kRequired, 'A'},
                                            Port{"b", kTypes, PortKind::kRequired, 'B'},
                                            Port{"b_scale", ops::kScales, PortKind::kRequired, 'S'},
                                            Port{"b_zero_point", kTypes, PortKind::kRequired, 'B'},
                                            Port{"y_scale", ops::kScales, PortKind::kRequired, 'S'},
                                            Port{"y_zero_point", kTypes, PortKind::kRequired, 'Y'}};
  static constexpr auto outputs = std::array{Port{"y", kTypes, PortKind::kRequired, 'Y'}};

  static Status infer(const ops::QLinearMatMul&, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(std::vector<Dim> out, ops::product_dims(c.in[0].shape, c.in[3].shape));
    c.out.emplace_back(c.in[7].dtype, std::move(out));
    const std::array checks{std::pair{std::size_t{0}, MatrixSide::kRows},
                            std::pair{std::size_t{3}, MatrixSide::kColumns}};
    for (const auto& [first, side] : checks) {
      for (const std::size_t i : {first + 1, first + 2}) {
        TERN_TRY(ops::check_matrix_scales(inputs[i].name, c.in[first], c.in[i], side));
      }
    }
    for (const std::size_t i : {6, 7}) {
      TERN_TRY(ops::check_matrix_scales(inputs[i].name, c.out[0], c.in[i], MatrixSide::kRows));
    }
    return {};
  }

  static void reference(const ops::QLinearMatMul&, ReferenceContext& c) {
    if (is_exact(c)) return reference_of_bytes(c);
    const Tensor& a = c.in(0);
    const Tensor& b = c.in(3);
    std::vector<double> rows = ops::centered(a, &c.in(2), MatrixSide::kRows);
    std::vector<double> columns = ops::centered(b, &c.in(5), MatrixSide::kColumns);
    // One scale is taken out of the sums, which keeps them whole numbers; several cannot be.
    const bool single = c.in(1).elements() == 1 && c.in(4).elements() == 1;
    if (!single) {
      scale(rows, ops::spread_scales(a.shape(), &c.in(1), MatrixSide::kRows, 1));
      scale(columns, ops::spread_scales(b.shape(), &c.in(4), MatrixSide::kColumns, 1));
    }
    const Shape& shape = c.out(0).shape();
    std::vector<double> sums(static_cast<std::size_t>(shape.elements()));
    ops::multiply(ops::ProductGeometry(a.shape(), b.shape()), rows.data(), columns.data(),
                  Sums{sums});
    const auto scales = ops::spread_scales(shape, &c.in(6), MatrixSide::kRows, 1);
    const auto zeros = ops::spread_scales(shape, &c.in(7), MatrixSide::kRows, 0);
    const double taken = single ? FloatReader(c.in(1))[0] * FloatReader(c.in(4))[0] : 1.0;
    const ops::QuantizedWriter y(c.out(0));
    for (std::size_t i = 0; i < sums.size(); ++i) {
      y.set(static_cast<std::int64_t>(i), sums[i] * taken / scales[i], zeros[i]);
    }
  }

 private:
  // Bytes with scales in f32 along whole rows and columns, as nearly all are.
  static bool is_exact(const ReferenceContext& c) {
    return ops::kBytes.contains(c.in(0).dtype()) && ops::kBytes.contains(c.in(3).dtype()) &&
           c.in(1).dtype() == DType::kF32 && c.in(0).rank() >= 2 && c.in(3).rank() >= 2;
  }

  // Sums stay whole numbers. The factor is made in f32, as other runtimes make it; it decides about
  // ties.
  static void reference_of_bytes(ReferenceContext& c) {
    const std::vector<double> rows = ops::centered(c.in(0), &c.in(2), MatrixSide::kRows);
    const std::vector<double> columns = ops::centered(c.in(3), &c.in(5), MatrixSide::kColumns);
    const Shape& shape = c.out(0).shape();
    std::vector<double> sums(static_cast<std::size_t>(shape.elements()));
    ops::multiply(ops::ProductGeometry(c.in(0).shape(), c.in(3).shape()), rows.data(),
                  columns.data(), Sums{sums});
    const auto a_scales = ops::spread_scales(shape, &c.in(1), MatrixSide::kRows, 1);
    const auto b_scales = ops::spread_scales(shape, &c.in(4), MatrixSide::kColumns, 1);
    const auto y_scales = ops::spread_scales(shape, &c.in(6), MatrixSide::kRows, 1);
    const auto zeros = ops::spread_scales(shape, &c.in(7), MatrixSide::kRows, 0);
    const ops::QuantizedWriter y(c.out(0));
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const float factor = static_cast<float>(a_scales[i]) * static_cast<float>(b_scales[i]) /
                           static_cast<float>(y_scales[i]);
      y.set(static_cast<std::int64_t>(i), static_cast<float>(sums[i]) * factor, zeros[i]);
    }
  }

  static void scale(std::vector<double>& values, const std::vector<double>& scales) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] *= scales[i];
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::QLinearMatMul>() {
  static constexpr OpDef def =
      make_op<ops::QLinearMatMul, QLinearMatMulImpl>("QLinearMatMul", "ai.onnx", 10);
  return def;
}

}  // namespace tern
