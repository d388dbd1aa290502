// What convolutions, their gradients and transposed convolutions share: inference, and one loop
// over every product of an input element with a weight that goes into an output element.
#pragma once

#include "ops/nn/window.h"
#include "ops/reference.h"

namespace tern::ops {

/// The type of Conv(x, w, bias); `bias` has an undefined dtype where it is left out.
/// `kernel_shape` may be empty.
Result<TypeInfo> infer_convolution(const WindowSpec& spec, std::int64_t group, const TypeInfo& x,
                                   const TypeInfo& w, const TypeInfo& bias, ImageLayout layout);

/// `kernel_shape`, or W's spatial sizes where it is empty; fails where the two disagree. Empty
/// while a size is not known.
Result<std::vector<std::int64_t>> convolution_kernel(std::span<const std::int64_t> kernel_shape,
                                                     const TypeInfo& w);

/// A concrete convolution of X with W [group * group_out, group_in, taps] that gives Y.
struct Convolution {
  std::int64_t batch = 1;
  std::int64_t groups = 1;
  std::int64_t group_in = 1;   // input channels of one group
  std::int64_t group_out = 1;  // output channels of one group
  WindowGrid grid;
  ImageIndex x;
  ImageIndex y;

  /// `spec.kernel` is ignored in favour of w's sizes.
  static Result<Convolution> make(WindowSpec spec, std::int64_t group, const tern::Shape& x,
                                  const tern::Shape& w, ImageLayout layout);

  /// body(x_offset, w_offset, y_offset), all std::size_t, for every product; those of one output
  /// element come in a row.
  template <class Body>
  void for_each_product(Body body) const {
    const auto offset = [](std::int64_t i) { return static_cast<std::size_t>(i); };
    for (std::int64_t n = 0; n < batch; ++n) {
      for (std::int64_t m = 0; m < groups * group_out; ++m) {
        for (std::int64_t window = 0; window < grid.windows(); ++window) {
          for (std::int64_t t = 0; t < grid.taps(); ++t) {
            const std::int64_t position = grid.at(window, t);
            if (position < 0) continue;
            for (std::int64_t k = 0; k < group_in; ++k) {
              body(offset(x(n, m / group_out * group_in + k, position)),
                   offset((m * group_in + k) * grid.taps() + t), offset(y(n, m, window)));
            }
          }
        }
      }
    }
  }
};

/// Conv(X, W, bias) in double; `bias` may be null.
std::vector<double> reference_convolution(const Convolution& conv, const Tensor& x, const Tensor& w,
                                          const Tensor* bias);

}  // namespace tern::ops
