#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/ops/signal.h"

namespace tern {
namespace {

double mel_of(double hertz) { return 2595 * std::log10(1 + hertz / 700); }
double hertz_of(double mel) { return 700 * (std::pow(10, mel / 2595) - 1); }

struct Bank {
  std::int64_t filters = 0;
  std::int64_t length = 0;  // of the Fourier transform
  double rate = 0;
  double lowest = 0;
  double highest = 0;

  /// The frequency bin where filter i begins, i - 1 has its peak and i - 2 ends.
  std::int64_t bin(std::int64_t i) const {
    const double low = mel_of(lowest);
    const double step = (mel_of(highest) - low) / static_cast<double>(filters + 2);
    const double hertz = hertz_of(static_cast<double>(i) * step + low);
    return static_cast<std::int64_t>(std::floor(static_cast<double>(length + 1) * hertz / rate));
  }
};

struct MelWeightMatrixImpl {
  static constexpr std::string_view summary = "Triangular filters on the mel scale.";
  static constexpr auto inputs =
      std::array{Port{"num_mel_bins", kIndices, PortKind::kRequired, 'I'},
                 Port{"dft_length", kIndices, PortKind::kRequired, 'I'},
                 Port{"sample_rate", kIndices, PortKind::kRequired, 'I'},
                 Port{"lower_edge_hertz", kFloats, PortKind::kRequired, 'F'},
                 Port{"upper_edge_hertz", kFloats, PortKind::kRequired, 'F'}};
  static constexpr auto outputs = std::array{Port{"output", kNumeric, PortKind::kRequired, 'U'}};

  static Status infer(const ops::MelWeightMatrix& op, InferContext& c) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      TERN_TRY(ops::check_scalar(inputs[i].name, c.in[i]));
    }
    if (!kNumeric.contains(op.output_datatype)) {
      return invalid_argument("output_datatype is {}", to_string(op.output_datatype));
    }
    std::vector<Dim> out(2);
    if (const auto length = c.ints(1)) {
      if ((*length)[0] < 1) return invalid_argument("dft_length is {}", (*length)[0]);
      out[0] = Dim((*length)[0] / 2 + 1);
    }
    if (const auto filters = c.ints(0)) {
      if ((*filters)[0] < 0) return invalid_argument("num_mel_bins is {}", (*filters)[0]);
      out[1] = Dim((*filters)[0]);
    }
    return ops::push_output(c, op.output_datatype, std::move(out));
  }

  static void reference(const ops::MelWeightMatrix&, ReferenceContext& c) {
    const std::int64_t bins = c.out(0).dim(0);
    const Bank bank{.filters = c.out(0).dim(1),
                    .length = IntReader(c.in(1))[0],
                    .rate = FloatReader(c.in(2))[0],
                    .lowest = FloatReader(c.in(3))[0],
                    .highest = FloatReader(c.in(4))[0]};
    const double nyquist = bank.rate / 2;
    if (!(bank.rate > 0 && bank.lowest >= 0 && bank.lowest <= bank.highest &&
          bank.highest <= nyquist)) {
      return c.fail(invalid_argument("the edges {} and {} are not in [0, {}] in this order",
                                     bank.lowest, bank.highest, nyquist));
    }
    std::memset(c.out(0).mutable_raw(), 0, c.out(0).bytes());
    const FloatWriter y(c.out(0));
    for (std::int64_t i = 0; i < bank.filters; ++i) {
      const std::int64_t left = bank.bin(i);
      const std::int64_t peak = bank.bin(i + 1);
      const std::int64_t right = bank.bin(i + 2);
      const auto set = [&](std::int64_t bin, std::int64_t part, std::int64_t whole) {
        const double weight =
            whole == 0 ? 1 : static_cast<double>(part) / static_cast<double>(whole);
        if (bin < bins) y.set(bin * bank.filters + i, weight);
      };
      for (std::int64_t bin = left; bin <= peak; ++bin) set(bin, bin - left, peak - left);
      for (std::int64_t bin = peak; bin < right; ++bin) set(bin, right - bin, right - peak);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::MelWeightMatrix>() {
  static constexpr OpDef def =
      make_op<ops::MelWeightMatrix, MelWeightMatrixImpl>("MelWeightMatrix", "ai.onnx", 17);
  return def;
}

}  // namespace tern
