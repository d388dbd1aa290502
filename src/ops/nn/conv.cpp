#include "base/errors.h"
#include "ops/nn/window.h"
#include "ops/reference.h"
#include "tern/ops/nn.h"

namespace tern {
namespace {

ops::WindowSpec spec_of(const ops::Conv& op, std::span<const std::int64_t> kernel) {
  return {.auto_pad = op.auto_pad,
          .kernel = kernel,
          .strides = op.strides,
          .dilations = op.dilations,
          .pads = op.pads};
}

struct ConvImpl {
  static constexpr std::string_view summary = "Cross-correlation of X with W, plus bias.";
  static constexpr auto inputs =
      std::array{Port{"X", kFloats}, Port{"W", kFloats}, Port{"B", kFloats, PortKind::kOptional}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::Conv& op, InferContext& c) {
    const std::vector<Dim>& x = c.in[0].shape;
    const std::vector<Dim>& w = c.in[1].shape;
    if (x.size() < 3 || w.size() != x.size()) {
      return invalid_argument("X has rank {} and W rank {}; both need the same, at least 3",
                              x.size(), w.size());
    }
    if (op.group < 1) return invalid_argument("group {} is below 1", op.group);
    if (x[1].known() && w[1].known() && x[1].value() != w[1].value() * op.group) {
      return invalid_argument("weight has {} channels x {} groups, input has {}", w[1].value(),
                              op.group, x[1].value());
    }
    if (w[0].known() && w[0].value() % op.group != 0) {
      return invalid_argument("{} output channels cannot be split into {} groups", w[0].value(),
                              op.group);
    }
    if (c.has(2) && c.in[2].rank() != 1) {
      return invalid_argument("bias has rank {}, not 1", c.in[2].rank());
    }
    if (c.has(2) && c.in[2].shape[0].known() && w[0].known() &&
        c.in[2].shape[0].value() != w[0].value()) {
      return invalid_argument("bias has {} entries for {} output channels",
                              c.in[2].shape[0].value(), w[0].value());
    }
    std::vector<std::int64_t> kernel = op.kernel_shape;
    bool kernel_known = true;
    for (std::size_t i = 2; i < w.size(); ++i) {
      kernel_known = kernel_known && w[i].known();
      if (kernel.size() < w.size() - 2 && w[i].known()) kernel.push_back(w[i].value());
      if (i - 2 < kernel.size() && w[i].known() && kernel[i - 2] != w[i].value()) {
        return invalid_argument("kernel_shape is {} on axis {} where W has {}", kernel[i - 2],
                                i - 2, w[i].value());
      }
    }
    std::vector<Dim> out{x[0], w[0]};
    if (kernel_known || !op.kernel_shape.empty()) {
      const ops::WindowSpec spec = spec_of(op, kernel);
      TERN_ASSIGN_OR_RETURN(std::vector<ops::WindowAxis> axes, window_axes(spec, x.size() - 2));
      TERN_ASSIGN_OR_RETURN(std::vector<Dim> spatial,
                            window_output(spec, std::span(x).subspan(2), axes));
      out.insert(out.end(), spatial.begin(), spatial.end());
    } else {
      out.resize(x.size());
    }
    c.out.emplace_back(c.in[0].dtype, std::move(out));
    return {};
  }

  static void reference(const ops::Conv& op, ReferenceContext& c);
};

// Output position, kernel position and group in turn, for any number of spatial axes.
void ConvImpl::reference(const ops::Conv& op, ReferenceContext& c) {
  const Shape& x = c.in(0).shape();
  const Shape& w = c.in(1).shape();
  const Shape& y = c.out(0).shape();
  const int spatial = x.rank() - 2;
  const auto kernel = w.dims().subspan(2);
  const ops::WindowSpec spec = spec_of(op, kernel);
  std::vector<ops::WindowAxis> axes = *window_axes(spec, kernel.size());
  for (int i = 0; i < spatial; ++i) {
    if (Result<std::int64_t> n = window_count(spec, x[i + 2], axes[static_cast<std::size_t>(i)]);
        !n.ok()) {
      return c.fail(n.status());
    }
  }
  const FloatReader in(c.in(0)), weight(c.in(1));
  const FloatWriter out(c.out(0));
  const std::int64_t positions = y.elements(2, y.rank());
  const std::int64_t taps = w.elements(2, w.rank());
  const std::int64_t plane = x.elements(2, x.rank());
  const std::int64_t group_out = w[0] / op.group;

  // Offset in an input plane of tap `t` of the window at `position`, or -1 in the padding.
  const auto offset_of = [&](std::int64_t position, std::int64_t t) {
    std::int64_t offset = 0;
    std::int64_t stride = 1;
    for (int i = spatial - 1; i >= 0; --i) {
      const ops::WindowAxis& axis = axes[static_cast<std::size_t>(i)];
      const std::int64_t at =
          position % y[i + 2] * axis.stride + t % axis.kernel * axis.dilation - axis.pad_begin;
      if (at < 0 || at >= x[i + 2]) return std::int64_t{-1};
      offset += at * stride;
      stride *= x[i + 2];
      position /= y[i + 2];
      t /= axis.kernel;
    }
    return offset;
  };

  for (std::int64_t n = 0; n < y[0]; ++n) {
    for (std::int64_t m = 0; m < y[1]; ++m) {
      const std::int64_t first_channel = m / group_out * w[1];
      for (std::int64_t p = 0; p < positions; ++p) {
        double sum = c.has(2) ? FloatReader(c.in(2))[m] : 0.0;
        for (std::int64_t t = 0; t < taps; ++t) {
          const std::int64_t offset = offset_of(p, t);
          if (offset < 0) continue;
          for (std::int64_t k = 0; k < w[1]; ++k) {
            sum += in[(n * x[1] + first_channel + k) * plane + offset] *
                   weight[(m * w[1] + k) * taps + t];
          }
        }
        out.set((n * y[1] + m) * positions + p, sum);
      }
    }
  }
}

}  // namespace

template <>
const OpDef& def_of<ops::Conv>() {
  static constexpr OpDef def = make_op<ops::Conv, ConvImpl>("Conv", "ai.onnx", 11);
  return def;
}

}  // namespace tern
