#include "ops/tensor/gathering.h"

#include "base/errors.h"
#include "ops/axes.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

struct GatherImpl {
  static constexpr std::string_view summary = "Slices of data along `axis`, picked by indices.";
  static constexpr auto inputs =
      std::array{Port{"data", kAnyType}, Port{"indices", kIndices, PortKind::kRequired, 'I'}};
  static constexpr auto outputs = std::array{Port{"output", kAnyType}};

  static Status infer(const ops::Gather& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(std::vector<Dim> out,
                          ops::gathered_dims(c.in[0].shape, c.in[1].shape, op.axis));
    return ops::push_output(c, c.in[0].dtype, std::move(out));
  }

  static void reference(const ops::Gather& op, ReferenceContext& c) {
    const AxisSplit s = split_at(c.in(0).shape(), *normalize_axis(op.axis, c.in(0).rank()));
    const Result<std::vector<std::int64_t>> places = ops::checked_indices(c.in(1), s.size);
    if (!places.ok()) return c.fail(places.status());
    std::int64_t to = 0;
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (const std::int64_t place : *places) {
        copy_elements(c.in(0), (o * s.size + place) * s.inner, c.out(0), to, s.inner);
        to += s.inner;
      }
    }
  }

  static void gradient(const ops::Gather& op, GradContext& g) {
    g.set(0, g.builder().op(ops::GatherGrad{.axis = op.axis}, {g.grad(0), g.input(0), g.input(1)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Gather>() {
  static constexpr OpDef def = make_op<ops::Gather, GatherImpl>("Gather", "ai.onnx", 11);
  return def;
}

}  // namespace tern
