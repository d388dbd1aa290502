#include "ops/signal/fourier.h"

#include <numbers>

namespace tern::ops {
namespace {

std::int64_t smallest_factor(std::int64_t n) {
  for (std::int64_t factor = 2; factor * factor <= n; ++factor) {
    if (n % factor == 0) return factor;
  }
  return n;
}

}  // namespace

FourierTransform::FourierTransform(std::int64_t length, int sign) : length_(length) {
  for (std::int64_t k = 0; k < length; ++k) {
    // Quarter turns are exact, so that what should be zero is.
    const std::int64_t eighth = 8 * k;
    if (eighth % (2 * length) == 0) {
      constexpr std::complex<double> kQuarters[] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
      const std::complex<double> root = kQuarters[eighth / (2 * length)];
      roots_.push_back(sign < 0 ? std::conj(root) : root);
      continue;
    }
    roots_.push_back(std::polar(
        1.0, sign * 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(length)));
  }
  scratch_.resize(roots_.size());
}

void FourierTransform::run(std::span<const std::complex<double>> in,
                           std::span<std::complex<double>> out) {
  step(in.data(), 1, out.data(), length_);
}

// Decimation in time: the transforms of every p-th element, joined by transforms of length p.
void FourierTransform::step(const std::complex<double>* in, std::int64_t stride,
                            std::complex<double>* out, std::int64_t length) {
  if (length <= 1) {
    if (length == 1) out[0] = in[0];
    return;
  }
  const std::int64_t p = smallest_factor(length);
  const std::int64_t part = length / p;
  for (std::int64_t r = 0; r < p; ++r) step(in + r * stride, stride * p, out + r * part, part);
  const auto at = [](std::int64_t i) { return static_cast<std::size_t>(i); };
  const std::int64_t turn = length_ / length;
  for (std::int64_t k = 0; k < part; ++k) {
    for (std::int64_t q = 0; q < p; ++q) {
      std::complex<double> sum = 0;
      for (std::int64_t r = 0; r < p; ++r) {
        // r (k + q part) of `length` turns; below p * length, which is in range.
        const std::int64_t angle = r * (k + q * part) % length * turn;
        sum += out[r * part + k] * roots_[at(angle)];
      }
      scratch_[at(q)] = sum;
    }
    for (std::int64_t q = 0; q < p; ++q) out[q * part + k] = scratch_[at(q)];
  }
}

}  // namespace tern::ops
