#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/tensor/gathering.h"
#include "ops/tensor/scattering.h"

namespace tern {
namespace {

struct ScatterNDImpl {
  static constexpr std::string_view summary =
      "Data with slices replaced by (or joined with) updates at index tuples.";
  static constexpr auto inputs =
      std::array{Port{"data", kAnyType}, Port{"indices", DType::kI64, PortKind::kRequired, 'I'},
                 Port{"updates", kAnyType}};
  static constexpr auto outputs = std::array{Port{"output", kAnyType}};

  static Status infer(const ops::ScatterND& op, InferContext& c) {
    TERN_TRY(ops::check_reduction(op.reduction, c.in[0].dtype));
    TERN_ASSIGN_OR_RETURN(auto slices,
                          ops::gathered_nd_dims(c.in[0].shape, c.in[1].shape, /*batch_dims=*/0));
    if (slices) {
      const TypeInfo expected(c.in[0].dtype, std::move(*slices));
      TERN_TRY(ops::check_same_shape("updates", c.in[2], "what the indices name", expected));
    }
    c.out.push_back(c.in[0]);
    return {};
  }

  static void reference(const ops::ScatterND& op, ReferenceContext& c) {
    const Result<ops::SlicePlaces> places = ops::slice_places(c.in(0).shape(), c.in(1), 0);
    if (!places.ok()) return c.fail(places.status());
    ops::scatter(c, places->offsets, places->slice, op.reduction);
  }

  static void gradient(const ops::ScatterND& op, GradContext& g) {
    const Value indices = g.input(1);
    const auto put = [&](Value data, Value updates, ops::ScatterReduction reduction) {
      return g.builder().op(ops::ScatterND{.reduction = reduction}, {data, indices, updates});
    };
    const auto take = [&](Value data) { return g.builder().op(ops::GatherND{}, {data, indices}); };
    ops::scatter_gradient(g, op.reduction, {.put = put, .take = take});
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ScatterND>() {
  static constexpr OpDef def = make_op<ops::ScatterND, ScatterNDImpl>("ScatterND", "ai.onnx", 18);
  return def;
}

}  // namespace tern
