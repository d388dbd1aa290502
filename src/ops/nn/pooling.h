// What pooling operators and their gradients share: inference, the windows of concrete images, and
// which elements a maximum or a mean takes.
#pragma once

#include "ops/nn/window.h"
#include "ops/reference.h"

namespace tern::ops {

inline constexpr TypeSet kMaxPoolTypes = kFloats | DType::kI8 | DType::kU8;

Result<TypeInfo> infer_pooling(const WindowSpec& spec, const TypeInfo& x, ImageLayout layout);

/// The windows of concrete images.
struct Pooling {
  std::int64_t batch = 1;
  std::int64_t channels = 1;
  WindowGrid grid;
  ImageIndex x;
  ImageIndex y;

  static Result<Pooling> make(const WindowSpec& spec, const tern::Shape& x, ImageLayout layout);

  /// body(n, c, window) for every output element.
  template <class Body>
  void for_each_window(Body body) const {
    for (std::int64_t n = 0; n < batch; ++n) {
      for (std::int64_t c = 0; c < channels; ++c) {
        for (std::int64_t window = 0; window < grid.windows(); ++window) body(n, c, window);
      }
    }
  }

  /// The position of the first largest element of a window of `in`; negative when the window lies
  /// in the padding altogether.
  std::int64_t largest(std::span<const double> in, std::int64_t n, std::int64_t c,
                       std::int64_t window) const;
  /// What the sum over a window is divided by for its mean; at least 1.
  std::int64_t divisor(std::int64_t window, bool count_include_pad) const;
  /// (sum |x|^p)^(1/p) of a window.
  double norm(std::span<const double> in, std::int64_t n, std::int64_t c, std::int64_t window,
              double p) const;
};

void reference_max_pool(const Pooling& pool, ReferenceContext& c);
void reference_average_pool(const Pooling& pool, bool count_include_pad, ReferenceContext& c);

}  // namespace tern::ops
