#include "base/errors.h"
#include "ops/axes.h"
#include "ops/elementwise.h"
#include "ops/tensor/gathering.h"
#include "ops/tensor/scattering.h"

namespace tern {
namespace {

struct ScatterElementsImpl {
  static constexpr std::string_view summary =
      "Data with elements replaced by (or joined with) updates along `axis`.";
  static constexpr auto inputs =
      std::array{Port{"data", kAnyType}, Port{"indices", kIndices, PortKind::kRequired, 'I'},
                 Port{"updates", kAnyType}};
  static constexpr auto outputs = std::array{Port{"output", kAnyType}};

  static Status infer(const ops::ScatterElements& op, InferContext& c) {
    TERN_TRY(ops::check_reduction(op.reduction, c.in[0].dtype));
    TERN_TRY(ops::check_element_indices(c.in[0].shape, c.in[1].shape, op.axis));
    TERN_TRY(ops::check_same_shape("updates", c.in[2], "indices", c.in[1]));
    c.out.push_back(c.in[0]);
    return {};
  }

  static void reference(const ops::ScatterElements& op, ReferenceContext& c) {
    const auto places = ops::element_places(c.in(0).shape(), c.in(1), op.axis);
    if (!places.ok()) return c.fail(places.status());
    ops::scatter(c, *places, 1, op.reduction);
  }

  static void gradient(const ops::ScatterElements& op, GradContext& g) {
    const Value indices = g.input(1);
    const auto put = [&](Value data, Value updates, ops::ScatterReduction reduction) {
      return g.builder().op(ops::ScatterElements{.axis = op.axis, .reduction = reduction},
                            {data, indices, updates});
    };
    const auto take = [&](Value data) {
      return g.builder().op(ops::GatherElements{.axis = op.axis}, {data, indices});
    };
    ops::scatter_gradient(g, op.reduction, {.put = put, .take = take});
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ScatterElements>() {
  static constexpr OpDef def =
      make_op<ops::ScatterElements, ScatterElementsImpl>("ScatterElements", "ai.onnx", 18);
  return def;
}

}  // namespace tern
