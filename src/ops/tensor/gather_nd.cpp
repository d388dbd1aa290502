#include "base/errors.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "ops/tensor/gathering.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

struct GatherNDImpl {
  static constexpr std::string_view summary = "Slices of data picked by index tuples.";
  static constexpr auto inputs =
      std::array{Port{"data", kAnyType}, Port{"indices", DType::kI64, PortKind::kRequired, 'I'}};
  static constexpr auto outputs = std::array{Port{"output", kAnyType}};

  static Status infer(const ops::GatherND& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(auto out,
                          ops::gathered_nd_dims(c.in[0].shape, c.in[1].shape, op.batch_dims));
    if (!out) {
      c.out.push_back(TypeInfo::of(c.in[0].dtype));
      return {};
    }
    return ops::push_output(c, c.in[0].dtype, std::move(*out));
  }

  static void reference(const ops::GatherND& op, ReferenceContext& c) {
    const Result<ops::SlicePlaces> places =
        ops::slice_places(c.in(0).shape(), c.in(1), static_cast<int>(op.batch_dims));
    if (!places.ok()) return c.fail(places.status());
    std::int64_t to = 0;
    for (const std::int64_t from : places->offsets) {
      copy_elements(c.in(0), from, c.out(0), to, places->slice);
      to += places->slice;
    }
  }

  static void gradient(const ops::GatherND& op, GradContext& g) {
    g.set(0, g.builder().op(ops::GatherNDGrad{.batch_dims = op.batch_dims},
                            {g.grad(0), g.input(0), g.input(1)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::GatherND>() {
  static constexpr OpDef def = make_op<ops::GatherND, GatherNDImpl>("GatherND", "ai.onnx", 12);
  return def;
}

}  // namespace tern
