#include <algorithm>

#include "base/errors.h"
#include "ops/grad.h"
#include "ops/signal/fourier.h"
#include "ops/signal/transform_axis.h"

namespace tern {
namespace {

struct DFTGradImpl {
  static constexpr std::string_view summary = "Gradient of DFT.";
  static constexpr auto inputs = std::array{
      Port{"dY", kFloats}, Port{"input", kAnyType, PortKind::kRequired, 'X', /*shape_only=*/true},
      Port{"dft_length", kIndices, PortKind::kOptional, 'I'},
      Port{"axis", kIndices, PortKind::kOptional, 'A'}};
  static constexpr auto outputs = std::array{Port{"dX", kFloats}};

  static Status infer(const ops::DFTGrad& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const TypeInfo y, ops::infer_dft(op, c, 1));
    if (c.in[0].rank() != y.rank()) {
      return invalid_argument("dY has rank {}, not {}", c.in[0].rank(), y.rank());
    }
    c.out.emplace_back(c.in[0].dtype, c.in[1].shape);
    return {};
  }

  // The transform is a matrix F over the parts of complex numbers; its transpose is the transform
  // with the other sign.
  static void reference(const ops::DFTGrad& op, ReferenceContext& c) {
    const auto found = ops::transform_lines(op, c.out(0).shape(), c.has(2) ? &c.in(2) : nullptr,
                                            c.has(3) ? &c.in(3) : nullptr);
    if (!found.ok()) return c.fail(found.status());
    const ops::TransformLines& lines = *found;
    if (c.in(0).elements() != lines.split.outer * lines.out * lines.split.inner * lines.out_parts) {
      return c.fail(invalid_argument("dY {} is not of DFT's shape", c.in(0).shape().to_string()));
    }
    const double scale = op.inverse ? 1.0 / static_cast<double>(lines.length) : 1.0;
    ops::FourierTransform transform(lines.length, op.inverse ? -1 : 1);
    const FloatReader dy(c.in(0));
    const FloatWriter dx(c.out(0));
    const bool half = op.inverse && op.onesided;
    ops::Complexes line(static_cast<std::size_t>(lines.length));
    ops::Complexes result(line.size());
    for (std::int64_t o = 0; o < lines.split.outer; ++o) {
      for (std::int64_t i = 0; i < lines.split.inner; ++i) {
        std::ranges::fill(line, 0.0);
        for (std::int64_t k = 0; k < lines.out; ++k) {
          const std::int64_t at = ((o * lines.out + k) * lines.split.inner + i) * lines.out_parts;
          line[static_cast<std::size_t>(k)] = {dy[at], lines.out_parts == 2 ? dy[at + 1] : 0};
        }
        transform.run(line, result);
        for (std::int64_t k = 0; k < lines.in; ++k) {
          const std::int64_t at = ((o * lines.in + k) * lines.split.inner + i) * lines.in_parts;
          const std::complex<double> d =
              scale * weight(half, k, lines.length) *
              (k < lines.length ? result[static_cast<std::size_t>(k)] : std::complex<double>());
          dx.set(at, d.real());
          if (lines.in_parts == 2) dx.set(at + 1, d.imag());
        }
      }
    }
  }

  static void gradient(const ops::DFTGrad& op, GradContext& g) {
    const ops::DFT& transform = op;
    g.set(0, g.builder().op(transform, {g.grad(0), g.input(2), g.input(3)}));
  }

 private:
  // How often number k of a half spectrum of `length` counts in the whole one.
  static double weight(bool half, std::int64_t k, std::int64_t length) {
    if (!half) return 1;
    if (k > length / 2) return 0;
    return k == 0 || 2 * k == length ? 1 : 2;
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::DFTGrad>() {
  static constexpr OpDef def = make_op<ops::DFTGrad, DFTGradImpl>("DFTGrad", "tern", 1);
  return def;
}

}  // namespace tern
