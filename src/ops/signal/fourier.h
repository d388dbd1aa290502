// The discrete Fourier transform that DFT, STFT and their gradients share.
#pragma once

#include <complex>
#include <cstdint>
#include <span>
#include <vector>

namespace tern::ops {

using Complexes = std::vector<std::complex<double>>;

/// Transforms of one length, n log n where the length has small factors only. Make once, use often.
class FourierTransform {
 public:
  /// `sign` is that of the exponent: -1 forward, 1 inverse (which is not divided by the length).
  FourierTransform(std::int64_t length, int sign);
  void run(std::span<const std::complex<double>> in, std::span<std::complex<double>> out);
  std::int64_t length() const { return length_; }

 private:
  void step(const std::complex<double>* in, std::int64_t stride, std::complex<double>* out,
            std::int64_t length);

  std::int64_t length_;
  Complexes roots_;    // e^(sign 2 pi i k / length)
  Complexes scratch_;  // of one butterfly
};

}  // namespace tern::ops
