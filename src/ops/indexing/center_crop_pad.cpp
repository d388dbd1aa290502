#include <cstring>

#include "base/errors.h"
#include "ops/axes.h"
#include "ops/broadcast.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/functions.h"
#include "tern/ops/indexing.h"

namespace tern {
namespace {

// The axes in the order of the sizes, from the front.
Result<std::vector<int>> axes_of(const ops::CenterCropPad& op, int rank) {
  std::vector<int> axes;
  if (op.axes.empty()) {
    for (int axis = 0; axis < rank; ++axis) axes.push_back(axis);
    return axes;
  }
  TERN_ASSIGN_OR_RETURN(const std::vector<int> sorted, normalize_axes(op.axes, rank));
  for (const std::int64_t axis : op.axes) axes.push_back(*normalize_axis(axis, rank));
  return axes;
}

struct CenterCropPadImpl {
  static constexpr std::string_view summary = "The input cropped or padded around its centre.";
  static constexpr auto inputs =
      std::array{Port{"input_data", kAnyType}, Port{"shape", kIndices, PortKind::kRequired, 'I'}};
  static constexpr auto outputs = std::array{Port{"output_data", kAnyType}};

  static Status infer(const ops::CenterCropPad& op, InferContext& c) {
    TERN_TRY(ops::check_vector(c, 1, "shape"));
    TERN_ASSIGN_OR_RETURN(const std::vector<int> axes, axes_of(op, c.in[0].rank()));
    const Dim& length = c.in[1].shape[0];
    if (length.known() && length.value() != static_cast<std::int64_t>(axes.size())) {
      return invalid_argument("shape has {} entries for {} axes", length.value(), axes.size());
    }
    std::vector<Dim> out = c.in[0].shape;
    const auto sizes = c.ints(1);
    for (std::size_t i = 0; i < axes.size(); ++i) {
      if (sizes && (*sizes)[i] < 0) return invalid_argument("shape has a size of {}", (*sizes)[i]);
      out[static_cast<std::size_t>(axes[i])] = sizes ? Dim((*sizes)[i]) : Dim();
    }
    return ops::push_output(c, c.in[0].dtype, std::move(out));
  }

  static void reference(const ops::CenterCropPad&, ReferenceContext& c) {
    const Shape& from = c.in(0).shape();
    const Shape& to = c.out(0).shape();
    if (c.out(0).dtype() == DType::kString) {
      for (std::string& text : c.out(0).mutable_span<std::string>()) text.clear();
    } else {
      std::memset(c.out(0).mutable_raw(), 0, c.out(0).bytes());
    }
    const Shape from_strides = from.strides();
    const Shape to_strides = to.strides();
    Shape common;
    std::int64_t first_from = 0;
    std::int64_t first_to = 0;
    for (int axis = 0; axis < from.rank(); ++axis) {
      const std::int64_t cropped = std::max<std::int64_t>(0, from[axis] - to[axis]);
      const std::int64_t padded = std::max<std::int64_t>(0, to[axis] - from[axis]);
      first_from += cropped / 2 * from_strides[axis];
      first_to += padded / 2 * to_strides[axis];
      common.push_back(std::min(from[axis], to[axis]));
    }
    for_each_offset(common, from_strides, to_strides,
                    [&](std::int64_t, std::int64_t a, std::int64_t b) {
                      copy_element(c.in(0), first_from + a, c.out(0), first_to + b);
                    });
  }

  // Cropping and padding undo each other and round the same way.
  static void gradient(const ops::CenterCropPad& op, GradContext& g) {
    Value sizes = shape_of(g.input(0));
    if (!op.axes.empty()) {
      const Result<std::vector<int>> axes = axes_of(op, g.input(0).rank());
      if (!axes.ok()) return g.builder().fail(axes.status());
      sizes = gather(sizes, ops::int_constant(g.builder(), {axes->begin(), axes->end()}));
    }
    g.set(0, g.builder().op(op, {g.grad(0), sizes}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::CenterCropPad>() {
  static constexpr OpDef def =
      make_op<ops::CenterCropPad, CenterCropPadImpl>("CenterCropPad", "ai.onnx", 18);
  return def;
}

}  // namespace tern
