#include <cstring>

#include "base/errors.h"
#include "ops/broadcast.h"
#include "ops/grad.h"
#include "ops/tensor/slicing.h"
#include "tern/ops/tensor.h"

namespace tern {
namespace {

struct SliceGradImpl {
  static constexpr std::string_view summary = "Zeros of data's shape with dY where it came from.";
  static constexpr auto inputs =
      std::array{Port{"dY", kFloats},
                 Port{"data", kAnyType, PortKind::kRequired, 'D', /*shape_only=*/true},
                 Port{"starts", kIndices, PortKind::kRequired, 'I'},
                 Port{"ends", kIndices, PortKind::kRequired, 'I'},
                 Port{"axes", kIndices, PortKind::kOptional, 'I'},
                 Port{"steps", kIndices, PortKind::kOptional, 'I'}};
  static constexpr auto outputs = std::array{Port{"dX", kFloats}};

  static Status infer(const ops::SliceGrad&, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const std::vector<Dim> sliced, ops::sliced_dims(c, c.in[1].shape, 2));
    if (c.in[0].shape.size() != sliced.size()) {
      return invalid_argument("dY has rank {}, data has {}", c.in[0].rank(), sliced.size());
    }
    c.out.emplace_back(c.in[0].dtype, c.in[1].shape);
    return {};
  }

  static void reference(const ops::SliceGrad&, ReferenceContext& c) {
    Tensor& out = c.out(0);
    const Result<std::vector<ops::AxisRange>> ranges = ops::slice_ranges(c, out.shape(), 2);
    if (!ranges.ok()) return c.fail(ranges.status());
    const ops::SliceWalk walk = ops::walk_of(*ranges, out.shape());
    if (!(walk.sizes == c.in(0).shape())) {
      return c.fail(invalid_argument("dY has shape {}, the slice has {}",
                                     c.in(0).shape().to_string(), walk.sizes.to_string()));
    }
    std::memset(out.mutable_raw(), 0, out.bytes());
    for_each_offset(walk.sizes, walk.strides, [&](std::int64_t i, std::int64_t to) {
      copy_element(c.in(0), i, out, walk.offset + to);
    });
  }

  static void gradient(const ops::SliceGrad&, GradContext& g) {
    g.set(0, g.builder().op(ops::Slice{},
                            {g.grad(0), g.input(2), g.input(3), g.input(4), g.input(5)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::SliceGrad>() {
  static constexpr OpDef def = make_op<ops::SliceGrad, SliceGradImpl>("SliceGrad", "tern", 1);
  return def;
}

}  // namespace tern
