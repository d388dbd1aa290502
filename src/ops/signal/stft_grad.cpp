#include <algorithm>

#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/signal/fourier.h"
#include "ops/signal/framing.h"

namespace tern {
namespace {

struct STFTGradImpl {
  static constexpr std::string_view summary = "Gradients of STFT.";
  static constexpr auto inputs =
      std::array{Port{"dY", kFloats}, Port{"signal", kFloats},
                 Port{"frame_step", kIndices, PortKind::kRequired, 'I'},
                 Port{"window", kFloats, PortKind::kOptional},
                 Port{"frame_length", kIndices, PortKind::kOptional, 'I'}};
  static constexpr auto outputs =
      std::array{Port{"dsignal", kFloats}, Port{"dwindow", kFloats, PortKind::kOptional}};

  static Status infer(const ops::STFTGrad& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const TypeInfo y, ops::infer_stft(op, c, 1));
    TERN_TRY(ops::check_same_shape("dY", c.in[0], "STFT's output", y));
    c.out.push_back(c.in[1]);
    if (c.has(3)) c.out.push_back(c.in[3]);
    if (c.out.size() < c.wanted_outputs) return invalid_argument("dwindow without a window");
    return {};
  }

  static void reference(const ops::STFTGrad& op, ReferenceContext& c) {
    const Result<ops::Framing> found = ops::Framing::make(op, c, 1);
    if (!found.ok()) return c.fail(found.status());
    const ops::Framing& f = *found;
    // The transpose of the transform is the one with the other sign.
    ops::FourierTransform transform(f.length, 1);
    const FloatReader dy(c.in(0));
    const FloatReader signal(c.in(1));
    std::vector<double> dsignal(static_cast<std::size_t>(c.in(1).elements()));
    std::vector<double> dwindow(f.window.size());
    ops::Complexes spectrum(f.window.size());
    ops::Complexes frame(f.window.size());
    std::int64_t from = 0;
    for (std::int64_t n = 0; n < f.batch; ++n) {
      for (std::int64_t k = 0; k < f.frames; ++k) {
        std::ranges::fill(spectrum, 0.0);
        for (std::int64_t q = 0; q < f.frequencies; ++q, from += 2) {
          spectrum[static_cast<std::size_t>(q)] = {dy[from], dy[from + 1]};
        }
        transform.run(spectrum, frame);
        for (std::size_t i = 0; i < frame.size(); ++i) {
          const std::int64_t at =
              (n * f.samples + k * f.step + static_cast<std::int64_t>(i)) * f.parts;
          dsignal[static_cast<std::size_t>(at)] += frame[i].real() * f.window[i];
          dwindow[i] += frame[i].real() * signal[at];
          if (f.parts == 2) {
            dsignal[static_cast<std::size_t>(at) + 1] += frame[i].imag() * f.window[i];
            dwindow[i] += frame[i].imag() * signal[at + 1];
          }
        }
      }
    }
    if (c.wants(0)) write_f64(dsignal, c.out(0));
    if (c.wants(1)) write_f64(dwindow, c.out(1));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::STFTGrad>() {
  static constexpr OpDef def = make_op<ops::STFTGrad, STFTGradImpl>("STFTGrad", "tern", 1);
  return def;
}

}  // namespace tern
