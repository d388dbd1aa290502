#include "base/errors.h"
#include "ops/broadcast.h"
#include "ops/grad.h"
#include "ops/tensor/slicing.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

struct SliceImpl {
  static constexpr std::string_view summary = "data[start:end:step] on the named axes.";
  static constexpr auto inputs =
      std::array{Port{"data", kAnyType}, Port{"starts", kIndices, PortKind::kRequired, 'I'},
                 Port{"ends", kIndices, PortKind::kRequired, 'I'},
                 Port{"axes", kIndices, PortKind::kOptional, 'I'},
                 Port{"steps", kIndices, PortKind::kOptional, 'I'}};
  static constexpr auto outputs = std::array{Port{"output", kAnyType}};

  static Status infer(const ops::Slice&, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(std::vector<Dim> out, ops::sliced_dims(c, c.in[0].shape, 1));
    c.out.emplace_back(c.in[0].dtype, std::move(out));
    return {};
  }

  static void reference(const ops::Slice&, ReferenceContext& c) {
    const Tensor& data = c.in(0);
    const Result<std::vector<ops::AxisRange>> ranges = ops::slice_ranges(c, data.shape(), 1);
    if (!ranges.ok()) return c.fail(ranges.status());
    const ops::SliceWalk walk = ops::walk_of(*ranges, data.shape());
    for_each_offset(walk.sizes, walk.strides, [&](std::int64_t i, std::int64_t from) {
      copy_element(data, walk.offset + from, c.out(0), i);
    });
  }

  static void gradient(const ops::Slice&, GradContext& g) {
    g.set(0, g.builder().op(ops::SliceGrad{}, {g.grad(0), g.input(0), g.input(1), g.input(2),
                                               g.input(3), g.input(4)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Slice>() {
  static constexpr OpDef def = make_op<ops::Slice, SliceImpl>("Slice", "ai.onnx", 10);
  return def;
}

}  // namespace tern
