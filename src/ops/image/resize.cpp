#include <algorithm>

#include "base/errors.h"
#include "ops/axes.h"
#include "ops/grad.h"
#include "ops/image/resampling.h"
#include "ops/tensor/dims.h"

namespace tern {
namespace {

// The elements that nearest-neighbour resizing shows; -1 outside the region.
std::vector<std::int64_t> sources(const Shape& x, const Shape& out,
                                  const std::vector<ops::AxisTaps>& axes) {
  std::vector<std::int64_t> from{0};
  const Shape strides = x.strides();
  for (int axis = 0; axis < out.rank(); ++axis) {
    const ops::AxisTaps* changed = nullptr;
    for (const ops::AxisTaps& a : axes) {
      if (a.axis == axis) changed = &a;
    }
    std::vector<std::int64_t> next;
    next.reserve(from.size() * static_cast<std::size_t>(out[axis]));
    for (const std::int64_t base : from) {
      for (std::int64_t i = 0; i < out[axis]; ++i) {
        std::int64_t place = i;
        if (changed != nullptr) {
          const auto& taps = changed->taps[static_cast<std::size_t>(i)];
          place = taps.empty() ? -1 : taps[0].from;
        }
        next.push_back(base < 0 || place < 0 ? -1 : base + place * strides[axis]);
      }
    }
    from = std::move(next);
  }
  return from;
}

// `values`, of shape `shape`, with one axis resampled; `shape` becomes that of the result.
std::vector<double> resample(const std::vector<double>& values, Shape& shape,
                             const ops::AxisTaps& axis, double outside) {
  const AxisSplit s = split_at(shape, axis.axis);
  const auto count = static_cast<std::int64_t>(axis.taps.size());
  std::vector<double> out(static_cast<std::size_t>(s.outer * count * s.inner));
  std::size_t to = 0;
  for (std::int64_t o = 0; o < s.outer; ++o) {
    for (const std::vector<ops::Tap>& taps : axis.taps) {
      for (std::int64_t i = 0; i < s.inner; ++i) {
        double sum = taps.empty() ? outside : 0;
        for (const ops::Tap& tap : taps) {
          sum +=
              tap.weight * values[static_cast<std::size_t>((o * s.size + tap.from) * s.inner + i)];
        }
        out[to++] = sum;
      }
    }
  }
  shape[axis.axis] = count;
  return out;
}

struct ResizeImpl {
  static constexpr std::string_view summary = "X resampled to other sizes.";
  static constexpr auto inputs =
      std::array{Port{"X", kAnyType}, Port{"roi", kFloats, PortKind::kOptional, 'R'},
                 Port{"scales", DType::kF32, PortKind::kOptional, 'S'},
                 Port{"sizes", DType::kI64, PortKind::kOptional, 'I'}};
  static constexpr auto outputs = std::array{Port{"Y", kAnyType}};

  static Status infer(const ops::Resize& op, InferContext& c) {
    const DType dtype = c.in[0].dtype;
    if (op.mode != ops::ResizeMode::kNearest && (is_complex(dtype) || dtype == DType::kString)) {
      return invalid_argument("{} elements cannot be interpolated", to_string(dtype));
    }
    TERN_ASSIGN_OR_RETURN(std::vector<Dim> out, ops::resized_dims(op, c, c.in[0].shape, 1));
    return ops::push_output(c, dtype, std::move(out));
  }

  static void reference(const ops::Resize& op, ReferenceContext& c) {
    const Tensor& x = c.in(0);
    const auto axes = ops::resize_taps(op, c, x.shape(), c.out(0).shape(), 1);
    if (!axes.ok()) return c.fail(axes.status());
    if (op.mode == ops::ResizeMode::kNearest) return pick(op, c, *axes);
    Shape shape = x.shape();
    std::vector<double> values = read_f64(x);
    // Sums of weights are 1, so an axis resampled later keeps the value outside.
    for (const ops::AxisTaps& axis : *axes) {
      values = resample(values, shape, axis, op.extrapolation_value);
    }
    write_f64(values, c.out(0));
  }

  static void gradient(const ops::Resize& op, GradContext& g) {
    g.set(0, g.builder().op(ops::ResizeGrad{op},
                            {g.grad(0), g.input(0), g.input(1), g.input(2), g.input(3)}));
  }

 private:
  static void pick(const ops::Resize& op, ReferenceContext& c,
                   const std::vector<ops::AxisTaps>& axes) {
    Result<Tensor> outside = Tensor::zeros(c.in(0).dtype(), {});
    if (!outside.ok()) return c.fail(outside.status());
    if (const StoreF64 store = store_f64(outside->dtype()); store != nullptr) {
      store(outside->mutable_raw(), 0, op.extrapolation_value);
    }
    std::int64_t to = 0;
    for (const std::int64_t from : sources(c.in(0).shape(), c.out(0).shape(), axes)) {
      copy_element(from < 0 ? *outside : c.in(0), std::max<std::int64_t>(from, 0), c.out(0), to++);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Resize>() {
  static constexpr OpDef def = make_op<ops::Resize, ResizeImpl>("Resize", "ai.onnx", 19);
  return def;
}

}  // namespace tern
