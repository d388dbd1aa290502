#include "base/errors.h"
#include "ops/axes.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "ops/tensor/gathering.h"
#include "tern/functions.h"

namespace tern {
namespace {

struct GatherElementsImpl {
  static constexpr std::string_view summary = "Elements picked by an index each along `axis`.";
  static constexpr auto inputs =
      std::array{Port{"data", kAnyType}, Port{"indices", kIndices, PortKind::kRequired, 'I'}};
  static constexpr auto outputs = std::array{Port{"output", kAnyType}};

  static Status infer(const ops::GatherElements& op, InferContext& c) {
    TERN_TRY(ops::check_element_indices(c.in[0].shape, c.in[1].shape, op.axis));
    c.out.emplace_back(c.in[0].dtype, c.in[1].shape);
    return {};
  }

  static void reference(const ops::GatherElements& op, ReferenceContext& c) {
    const auto places = ops::element_places(c.in(0).shape(), c.in(1), op.axis);
    if (!places.ok()) return c.fail(places.status());
    std::int64_t to = 0;
    for (const std::int64_t from : *places) copy_element(c.in(0), from, c.out(0), to++);
  }

  static void gradient(const ops::GatherElements& op, GradContext& g) {
    const ops::ScatterElements add{.axis = op.axis, .reduction = ops::ScatterReduction::kAdd};
    g.set(0, g.builder().op(add, {zeros_like(g.input(0)), g.input(1), g.grad(0)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::GatherElements>() {
  static constexpr OpDef def =
      make_op<ops::GatherElements, GatherElementsImpl>("GatherElements", "ai.onnx", 11);
  return def;
}

}  // namespace tern
