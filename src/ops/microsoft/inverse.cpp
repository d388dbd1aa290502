#include <cmath>
#include <limits>
#include <vector>

#include "base/errors.h"
#include "ops/grad.h"
#include "ops/linalg/square.h"
#include "ops/reference.h"
#include "tern/functions.h"
#include "tern/ops/microsoft.h"

namespace tern {
namespace {

/// Rows [X, E] of an n x n matrix and the unit matrix, brought to [E, X^-1] by elimination with row
/// exchanges. False when X is singular.
bool eliminate(std::vector<double>& rows, std::int64_t n) {
  const std::int64_t width = 2 * n;
  const auto at = [&](std::int64_t i, std::int64_t j) -> double& {
    return rows[static_cast<std::size_t>(i * width + j)];
  };
  for (std::int64_t p = 0; p < n; ++p) {
    std::int64_t best = p;
    for (std::int64_t i = p + 1; i < n; ++i) {
      if (std::abs(at(i, p)) > std::abs(at(best, p))) best = i;
    }
    if (at(best, p) == 0.0) return false;
    for (std::int64_t j = 0; j < width; ++j) std::swap(at(p, j), at(best, j));
    const double pivot = at(p, p);
    for (std::int64_t j = 0; j < width; ++j) at(p, j) /= pivot;
    for (std::int64_t i = 0; i < n; ++i) {
      const double factor = i == p ? 0.0 : at(i, p);
      if (factor == 0.0) continue;
      for (std::int64_t j = 0; j < width; ++j) at(i, j) -= factor * at(p, j);
    }
  }
  return true;
}

struct InverseImpl {
  static constexpr std::string_view summary = "The inverses of matrices.";
  static constexpr auto inputs = std::array{Port{"X", kFloats}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::Inverse&, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const Dim side, ops::square_side(c.in[0]));
    c.out.push_back(c.in[0]);
    c.out[0].shape[c.in[0].shape.size() - 2] = side;
    c.out[0].shape.back() = side;
    return {};
  }

  static void reference(const ops::Inverse&, ReferenceContext& c) {
    const std::int64_t n = c.in(0).shape().back();
    const FloatReader x(c.in(0));
    const FloatWriter y(c.out(0));
    const std::int64_t matrices = n == 0 ? 0 : c.in(0).elements() / (n * n);
    for (std::int64_t k = 0; k < matrices; ++k) {
      std::vector<double> rows(static_cast<std::size_t>(2 * n * n));
      for (std::int64_t i = 0; i < n; ++i) {
        for (std::int64_t j = 0; j < n; ++j) {
          rows[static_cast<std::size_t>(2 * n * i + j)] = x[(k * n + i) * n + j];
        }
        rows[static_cast<std::size_t>(2 * n * i + n + i)] = 1.0;
      }
      const bool regular = eliminate(rows, n);
      for (std::int64_t i = 0; i < n * n; ++i) {
        const std::int64_t from = i / n * 2 * n + n + i % n;
        y.set(k * n * n + i, regular ? rows[static_cast<std::size_t>(from)]
                                     : std::numeric_limits<double>::quiet_NaN());
      }
    }
  }

  // dX = -Y' dY Y'
  static void gradient(const ops::Inverse&, GradContext& g) {
    const Value y = g.output(0);
    std::vector<std::int64_t> order(static_cast<std::size_t>(y.rank()));
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
    std::swap(order[order.size() - 2], order.back());
    const Value turned = transpose(y, std::move(order));
    g.set(0, -matmul(matmul(turned, g.grad(0)), turned));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Inverse>() {
  static constexpr OpDef def = make_op<ops::Inverse, InverseImpl>("Inverse", "com.microsoft", 1);
  return def;
}

}  // namespace tern
