// What QLinearConv and its channels-last form share.
#pragma once

#include <array>

#include "ops/nn/convolution.h"
#include "ops/quant/quantization.h"

namespace tern::ops {

inline constexpr auto kQLinearConvInputs =
    std::array{Port{"x", kBytes, PortKind::kRequired, 'X'},
               Port{"x_scale", DType::kF32, PortKind::kRequired, 'S'},
               Port{"x_zero_point", kBytes, PortKind::kRequired, 'X'},
               Port{"w", kBytes, PortKind::kRequired, 'W'},
               Port{"w_scale", DType::kF32, PortKind::kRequired, 'S'},
               Port{"w_zero_point", kBytes, PortKind::kRequired, 'W'},
               Port{"y_scale", DType::kF32, PortKind::kRequired, 'S'},
               Port{"y_zero_point", kBytes, PortKind::kRequired, 'Y'},
               Port{"B", DType::kI32, PortKind::kOptional, 'B'}};

Status infer_qlinear_conv(const WindowSpec& spec, std::int64_t group, ImageLayout layout,
                          InferContext& c);

/// The numbers that results are limited to.
struct ByteLimits {
  std::int64_t lo = -128;
  std::int64_t hi = 255;
};
void reference_qlinear_conv(const WindowSpec& spec, std::int64_t group, ImageLayout layout,
                            const ByteLimits& limits, ReferenceContext& c);

}  // namespace tern::ops
