// What the window operators share: sums of cosines over one period.
#pragma once

#include <array>
#include <cmath>
#include <numbers>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/elementwise.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/ops/signal.h"

namespace tern::ops {

/// A window operator: `M` has the summary and `coefficients` a0, a1, ... of
/// a0 + a1 cos(2 pi n / N) + a2 cos(4 pi n / N) + ...
template <class Op, class M>
struct WindowImpl {
  static constexpr std::string_view summary = M::summary;
  static constexpr auto inputs = std::array{Port{"size", kIndices}};
  static constexpr auto outputs = std::array{Port{"output", kNumeric, PortKind::kRequired, 'U'}};

  static Status infer(const Op& op, InferContext& c) {
    TERN_TRY(check_scalar("size", c.in[0]));
    if (!kNumeric.contains(op.output_datatype)) {
      return invalid_argument("output_datatype is {}", to_string(op.output_datatype));
    }
    Dim size;
    if (const auto known = c.ints(0)) {
      if ((*known)[0] < 0) return invalid_argument("size is {}", (*known)[0]);
      size = Dim((*known)[0]);
    }
    return push_output(c, op.output_datatype, {size});
  }

  static void reference(const Op& op, ReferenceContext& c) {
    const std::int64_t size = c.out(0).elements();
    if (size == 0) return;
    const auto period = static_cast<double>(op.periodic ? size : size - 1);
    const FloatWriter y(c.out(0));
    // A symmetric window of one element has no period; by convention it is 1.
    if (period == 0) return y.set(0, 1);
    for (std::int64_t n = 0; n < size; ++n) {
      double sum = 0;
      for (std::size_t k = 0; k < M::coefficients.size(); ++k) {
        const double turns = static_cast<double>(k) * static_cast<double>(n) / period;
        sum += M::coefficients[k] * std::cos(2 * std::numbers::pi * turns);
      }
      y.set(n, sum);
    }
  }
};

}  // namespace tern::ops
