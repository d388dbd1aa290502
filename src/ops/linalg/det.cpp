#include "base/errors.h"
#include "ops/grad.h"
#include "ops/linalg/determinant.h"
#include "ops/linalg/square.h"
#include "ops/reference.h"
#include "tern/ops/linalg.h"

namespace tern {
namespace {

struct DetImpl {
  static constexpr std::string_view summary = "The determinants of matrices.";
  static constexpr auto inputs = std::array{Port{"X", kFloats}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::Det&, InferContext& c) {
    TERN_TRY(ops::square_side(c.in[0]).status());
    const std::vector<Dim>& x = c.in[0].shape;
    c.out.emplace_back(c.in[0].dtype, std::vector<Dim>(x.begin(), x.end() - 2));
    return {};
  }

  static void reference(const ops::Det&, ReferenceContext& c) {
    const std::int64_t n = c.in(0).shape().back();
    const FloatReader x(c.in(0));
    const FloatWriter y(c.out(0));
    for (std::int64_t k = 0; k < c.out(0).elements(); ++k) {
      std::vector<double> matrix;
      for (std::int64_t i = 0; i < n * n; ++i) matrix.push_back(x[k * n * n + i]);
      y.set(k, ops::determinant(std::move(matrix), n));
    }
  }

  static void gradient(const ops::Det&, GradContext& g) {
    g.set(0, g.builder().op(ops::DetGrad{}, {g.grad(0), g.input(0)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Det>() {
  static constexpr OpDef def = make_op<ops::Det, DetImpl>("Det", "ai.onnx", 11);
  return def;
}

}  // namespace tern
