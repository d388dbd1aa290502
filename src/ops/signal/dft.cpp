#include <algorithm>

#include "base/errors.h"
#include "ops/grad.h"
#include "ops/signal/fourier.h"
#include "ops/signal/transform_axis.h"

namespace tern {
namespace {

// A line as the transform takes it: cut or filled up, half a spectrum completed.
ops::Complexes prepared(const ops::DFT& op, const ops::TransformLines& lines,
                        const ops::Complexes& line) {
  ops::Complexes in(static_cast<std::size_t>(lines.length));
  const auto length = static_cast<std::size_t>(lines.length);
  if (!(op.inverse && op.onesided)) {
    std::copy_n(line.begin(), std::min(line.size(), length), in.begin());
    return in;
  }
  for (std::size_t k = 0; k < std::min(line.size(), length / 2 + 1); ++k) {
    const std::size_t mirrored = k == 0 ? 0 : length - k;
    in[k] = line[k];
    // The lowest and the highest frequency are real.
    if (mirrored == k) {
      in[k] = in[k].real();
    } else {
      in[mirrored] = std::conj(line[k]);
    }
  }
  return in;
}

struct DFTImpl {
  static constexpr std::string_view summary = "The discrete Fourier transform along an axis.";
  static constexpr auto inputs =
      std::array{Port{"input", kFloats}, Port{"dft_length", kIndices, PortKind::kOptional, 'I'},
                 Port{"axis", kIndices, PortKind::kOptional, 'A'}};
  static constexpr auto outputs = std::array{Port{"output", kFloats}};

  static Status infer(const ops::DFT& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(TypeInfo y, ops::infer_dft(op, c, 0));
    c.out.push_back(std::move(y));
    return {};
  }

  static void reference(const ops::DFT& op, ReferenceContext& c) {
    const auto found = ops::transform_lines(op, c.in(0).shape(), c.has(1) ? &c.in(1) : nullptr,
                                            c.has(2) ? &c.in(2) : nullptr);
    if (!found.ok()) return c.fail(found.status());
    const ops::TransformLines& lines = *found;
    const double scale = op.inverse ? 1.0 / static_cast<double>(lines.length) : 1.0;
    ops::FourierTransform transform(lines.length, op.inverse ? 1 : -1);
    const FloatReader x(c.in(0));
    const FloatWriter y(c.out(0));
    ops::Complexes line(static_cast<std::size_t>(lines.in));
    ops::Complexes result(static_cast<std::size_t>(lines.length));
    for (std::int64_t o = 0; o < lines.split.outer; ++o) {
      for (std::int64_t i = 0; i < lines.split.inner; ++i) {
        for (std::int64_t k = 0; k < lines.in; ++k) {
          const std::int64_t at = ((o * lines.in + k) * lines.split.inner + i) * lines.in_parts;
          line[static_cast<std::size_t>(k)] = {x[at], lines.in_parts == 2 ? x[at + 1] : 0};
        }
        transform.run(prepared(op, lines, line), result);
        for (std::int64_t k = 0; k < lines.out; ++k) {
          const std::int64_t at = ((o * lines.out + k) * lines.split.inner + i) * lines.out_parts;
          const std::complex<double> value = result[static_cast<std::size_t>(k)] * scale;
          y.set(at, value.real());
          if (lines.out_parts == 2) y.set(at + 1, value.imag());
        }
      }
    }
  }

  static void gradient(const ops::DFT& op, GradContext& g) {
    g.set(0, g.builder().op(ops::DFTGrad{op}, {g.grad(0), g.input(0), g.input(1), g.input(2)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::DFT>() {
  static constexpr OpDef def = make_op<ops::DFT, DFTImpl>("DFT", "ai.onnx", 20);
  return def;
}

}  // namespace tern
