#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/grad.h"
#include "ops/math/matrix_product.h"
#include "ops/reference.h"
#include "tern/functions.h"
#include "tern/ops/fused_grad.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

constexpr TypeSet kTypes = kFloats | kIndices | DType::kU32 | DType::kU64;

struct MatMulImpl {
  static constexpr std::string_view summary = "Matrix product over the last two axes.";
  static constexpr auto inputs = std::array{Port{"A", kTypes}, Port{"B", kTypes}};
  static constexpr auto outputs = std::array{Port{"Y", kTypes}};

  static Status infer(const ops::MatMul&, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(std::vector<Dim> out, ops::product_dims(c.in[0].shape, c.in[1].shape));
    c.out.emplace_back(c.in[0].dtype, std::move(out));
    return {};
  }

  static void reference(const ops::MatMul&, ReferenceContext& c) {
    const ops::ProductGeometry g(c.in(0).shape(), c.in(1).shape());
    if (is_floating(c.in(0).dtype())) {
      ops::multiply(g, FloatReader(c.in(0)), FloatReader(c.in(1)), FloatWriter(c.out(0)));
    } else {
      ops::multiply(g, IntReader(c.in(0)), IntReader(c.in(1)), IntWriter(c.out(0)));
    }
  }

  static void gradient(const ops::MatMul&, GradContext& g) {
    // Vectors become matrices first, so that one rule serves every rank.
    const Value a = g.input(0).rank() == 1 ? unsqueeze(g.input(0), {0}) : g.input(0);
    const Value b = g.input(1).rank() == 1 ? unsqueeze(g.input(1), {1}) : g.input(1);
    Value dy = g.grad(0);
    if (g.input(1).rank() == 1) dy = unsqueeze(dy, {-1});
    if (g.input(0).rank() == 1) dy = unsqueeze(dy, {-2});
    const bool b_is_matrix = b.rank() == 2;
    const auto product = [&](Value left, bool trans_left, Value right, bool trans_right) {
      return g.builder().op(ops::TransposedMatMul{.trans_a = trans_left, .trans_b = trans_right},
                            {left, right});
    };
    if (g.wants(0)) {
      Value da = product(dy, false, b, true);
      if (!b_is_matrix) da = sum_to_like(da, a);
      g.set(0, g.input(0).rank() == 1 ? squeeze(da, {0}) : da);
    }
    if (g.wants(1)) {
      // One matrix is the same for all rows of A, whatever axes they are arranged in.
      const Value db =
          b_is_matrix ? product(flatten(a, a.rank() - 1), true, flatten(dy, dy.rank() - 1), false)
                      : sum_to_like(product(a, true, dy, false), b);
      g.set(1, g.input(1).rank() == 1 ? squeeze(db, {1}) : db);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::MatMul>() {
  static constexpr OpDef def = make_op<ops::MatMul, MatMulImpl>("MatMul", "ai.onnx", 13);
  return def;
}

}  // namespace tern
