#include "base/errors.h"
#include "ops/grad.h"
#include "ops/signal/fourier.h"
#include "ops/signal/framing.h"

namespace tern {
namespace {

struct STFTImpl {
  static constexpr std::string_view summary = "Fourier transforms of the frames of a signal.";
  static constexpr auto inputs =
      std::array{Port{"signal", kFloats}, Port{"frame_step", kIndices, PortKind::kRequired, 'I'},
                 Port{"window", kFloats, PortKind::kOptional},
                 Port{"frame_length", kIndices, PortKind::kOptional, 'I'}};
  static constexpr auto outputs = std::array{Port{"output", kFloats}};

  static Status infer(const ops::STFT& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(TypeInfo y, ops::infer_stft(op, c, 0));
    c.out.push_back(std::move(y));
    return {};
  }

  static void reference(const ops::STFT& op, ReferenceContext& c) {
    const Result<ops::Framing> found = ops::Framing::make(op, c, 0);
    if (!found.ok()) return c.fail(found.status());
    const ops::Framing& f = *found;
    ops::FourierTransform transform(f.length, -1);
    const FloatReader signal(c.in(0));
    const FloatWriter y(c.out(0));
    ops::Complexes frame(static_cast<std::size_t>(f.length));
    ops::Complexes spectrum(frame.size());
    std::int64_t to = 0;
    for (std::int64_t n = 0; n < f.batch; ++n) {
      for (std::int64_t k = 0; k < f.frames; ++k) {
        for (std::size_t i = 0; i < frame.size(); ++i) {
          const std::int64_t at =
              (n * f.samples + k * f.step + static_cast<std::int64_t>(i)) * f.parts;
          const std::complex<double> sample(signal[at], f.parts == 2 ? signal[at + 1] : 0);
          frame[i] = sample * f.window[i];
        }
        transform.run(frame, spectrum);
        for (std::int64_t q = 0; q < f.frequencies; ++q) {
          const std::complex<double> value = spectrum[static_cast<std::size_t>(q)];
          y.set(to++, value.real());
          y.set(to++, value.imag());
        }
      }
    }
  }

  static void gradient(const ops::STFT& op, GradContext& g) {
    const bool windowed = g.input(2).present();
    const std::vector<Value> gradients = g.builder().op_n(
        ops::STFTGrad{op}, {g.grad(0), g.input(0), g.input(1), g.input(2), g.input(3)},
        /*outputs=*/windowed ? 2 : 1);
    g.set(0, gradients[0]);
    if (windowed) g.set(2, gradients[1]);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::STFT>() {
  static constexpr OpDef def = make_op<ops::STFT, STFTImpl>("STFT", "ai.onnx", 17);
  return def;
}

}  // namespace tern
