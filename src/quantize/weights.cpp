#include "quantize/weights.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "tensor/element.h"

namespace tern::quant {
namespace {

constexpr float kMostByte = 127.0F;

Status check_finite(std::span<const float> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      return invalid_argument("element {} of the weight is {}", i, values[i]);
    }
  }
  return {};
}

// The scale that brings the largest magnitude to the end of the range; 1 for zeros alone.
float scale_for(float largest) { return largest > 0.0F ? largest / kMostByte : 1.0F; }

}  // namespace

Result<ByteWeight> to_bytes(const Tensor& weight, int axis, bool per_channel) {
  const auto w = weight.span<float>();
  TERN_TRY(check_finite(w));
  const std::int64_t channels = per_channel ? weight.dim(axis) : 1;
  const std::int64_t inner =
      per_channel ? weight.shape().elements(axis + 1, weight.rank()) : weight.elements();
  const auto channel_of = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<std::int64_t>(i) / inner % channels);
  };
  std::vector<float> scales(static_cast<std::size_t>(channels), 0.0F);
  for (std::size_t i = 0; i < w.size(); ++i) {
    scales[channel_of(i)] = std::max(scales[channel_of(i)], std::abs(w[i]));
  }
  for (float& scale : scales) scale = scale_for(scale);
  ByteWeight result;
  TERN_ASSIGN_OR_RETURN(result.values, Tensor::uninitialized(DType::kI8, weight.shape()));
  auto* values = result.values.mutable_data<std::int8_t>();
  for (std::size_t i = 0; i < w.size(); ++i) {
    const float steps = std::nearbyint(w[i] / scales[channel_of(i)]);
    values[i] = static_cast<std::int8_t>(std::clamp(steps, -kMostByte, kMostByte));
  }
  const Shape shape = per_channel ? Shape{channels} : Shape{};
  TERN_ASSIGN_OR_RETURN(result.scales, Tensor::from<float>(shape, scales));
  TERN_ASSIGN_OR_RETURN(result.zeros, Tensor::zeros(DType::kI8, shape));
  return result;
}

Result<NibbleWeight> to_nibbles(const Tensor& weight, bool transposed, std::int64_t block_size) {
  const auto w = weight.span<float>();
  TERN_TRY(check_finite(w));
  const std::int64_t k = weight.dim(transposed ? 1 : 0);
  const std::int64_t n = weight.dim(transposed ? 0 : 1);
  const std::int64_t blocks = (k + block_size - 1) / block_size;
  NibbleWeight result;
  TERN_ASSIGN_OR_RETURN(result.values, Tensor::zeros(DType::kU8, {n, blocks, block_size / 2}));
  TERN_ASSIGN_OR_RETURN(result.scales, Tensor::uninitialized(DType::kF32, {n, blocks}));
  auto* values = result.values.mutable_data<std::uint8_t>();
  auto* scales = result.scales.mutable_data<float>();
  const auto at = [&](std::int64_t row, std::int64_t column) {
    return w[static_cast<std::size_t>(transposed ? column * k + row : row * n + column)];
  };
  for (std::int64_t column = 0; column < n; ++column) {
    for (std::int64_t block = 0; block < blocks; ++block) {
      const std::int64_t begin = block * block_size;
      const std::int64_t end = std::min(k, begin + block_size);
      // The element of the largest magnitude becomes -8, the end of the range that has one number
      // more; the sign is in the scale.
      float largest = 0.0F;
      for (std::int64_t row = begin; row < end; ++row) {
        if (std::abs(at(row, column)) > std::abs(largest)) largest = at(row, column);
      }
      const float scale = largest != 0.0F ? largest / -8.0F : 1.0F;
      const std::int64_t index = column * blocks + block;
      scales[index] = scale;
      for (std::int64_t row = begin; row < begin + block_size; ++row) {
        const float value = row < end ? at(row, column) : 0.0F;
        const float steps = std::clamp(std::nearbyint(value / scale), -8.0F, 7.0F);
        const auto nibble = static_cast<unsigned>(static_cast<int>(steps) + 8);
        std::uint8_t& byte = values[(index * block_size + (row - begin)) / 2];
        byte = static_cast<std::uint8_t>(byte | nibble << ((row - begin) % 2 * 4));
      }
    }
  }
  return result;
}

Result<Tensor> to_half(const Tensor& weight, DType type) {
  TERN_ASSIGN_OR_RETURN(Tensor half, Tensor::uninitialized(type, weight.shape()));
  const LoadF64 load = load_f64(type);
  const StoreF64 store = store_f64(type);
  const auto w = weight.span<float>();
  for (std::size_t i = 0; i < w.size(); ++i) {
    const auto index = static_cast<std::int64_t>(i);
    store(half.mutable_raw(), index, double{w[i]});
    if (std::isfinite(w[i]) && !std::isfinite(load(half.raw(), index))) return Tensor();
  }
  return half;
}

}  // namespace tern::quant
