#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/linalg/determinant.h"
#include "ops/reference.h"
#include "tern/ops/linalg.h"

namespace tern {
namespace {

struct DetGradImpl {
  static constexpr std::string_view summary = "dY times the signed minors of X.";
  static constexpr auto inputs = std::array{Port{"dY", kFloats}, Port{"X", kFloats}};
  static constexpr auto outputs = std::array{Port{"dX", kFloats}};

  static Status infer(const ops::DetGrad&, InferContext& c) {
    const std::vector<Dim>& x = c.in[1].shape;
    if (x.size() < 2) return invalid_argument("X has rank {}, below 2", x.size());
    const TypeInfo determinants(c.in[1].dtype, std::vector<Dim>(x.begin(), x.end() - 2));
    TERN_TRY(ops::check_same_shape("dY", c.in[0], "the determinants", determinants));
    const Dim& rows = x[x.size() - 2];
    if (rows.known() && x.back().known() && rows.value() != x.back().value()) {
      return invalid_argument("{} rows and {} columns", rows.value(), x.back().value());
    }
    c.out.push_back(c.in[1]);
    return {};
  }

  static void reference(const ops::DetGrad&, ReferenceContext& c) {
    const std::int64_t n = c.in(1).shape().back();
    const FloatReader dy(c.in(0));
    const FloatReader x(c.in(1));
    const FloatWriter dx(c.out(0));
    for (std::int64_t k = 0; k < c.in(0).elements(); ++k) {
      std::vector<double> matrix;
      for (std::int64_t i = 0; i < n * n; ++i) matrix.push_back(x[k * n * n + i]);
      const std::vector<double> minors = ops::cofactors(matrix, n);
      for (std::int64_t i = 0; i < n * n; ++i) {
        dx.set(k * n * n + i, dy[k] * minors[static_cast<std::size_t>(i)]);
      }
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::DetGrad>() {
  static constexpr OpDef def = make_op<ops::DetGrad, DetGradImpl>("DetGrad", "tern", 1);
  return def;
}

}  // namespace tern
