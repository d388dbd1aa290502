// Operators on positions beyond tern/ops/tensor.h: cropping around the centre, caches
// (onnx.ai/onnx/operators).
#pragma once

#include "tern/op.h"

namespace tern::ops {

/// Where TensorScatter goes on when an update reaches the end of the cache.
enum class CacheMode : int { kLinear, kCircular };

/// The input cropped or padded with zeros on both sides of each of `axes` (all without them) to the
/// sizes in the second input; what cannot be halved is cropped or added one more at the end.
struct CenterCropPad {
  std::vector<std::int64_t> axes;
  static constexpr auto fields = Fields{Field{"axes", &CenterCropPad::axes}};
};

/// (past_cache, update, write_indices): the cache with row b of the update written along `axis`
/// from position write_indices[b] on, from 0 without them. kCircular goes on at the beginning where
/// the cache ends; kLinear must not reach the end.
struct TensorScatter {
  std::int64_t axis = -2;
  CacheMode mode = CacheMode::kLinear;
  static constexpr auto fields =
      Fields{Field{"axis", &TensorScatter::axis}, Field{"mode", &TensorScatter::mode}};
};

}  // namespace tern::ops

namespace tern {

template <>
struct AttributeEnum<ops::CacheMode> {
  static constexpr std::array<std::string_view, 2> names{"linear", "circular"};
};

}  // namespace tern
