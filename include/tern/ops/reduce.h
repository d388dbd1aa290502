// Reductions over axes (onnx.ai/onnx/operators). The axes of the Reduce operators are their second
// input: absent or empty means all axes, or none with noop_with_empty_axes.
#pragma once

#include "tern/op.h"

namespace tern::ops {

/// Position of the largest element along `axis`; of equals the first, or the last with
/// `select_last_index`.
struct ArgMax {
  std::int64_t axis = 0;
  bool keepdims = true;
  bool select_last_index = false;
  static constexpr auto fields =
      Fields{Field{"axis", &ArgMax::axis}, Field{"keepdims", &ArgMax::keepdims},
             Field{"select_last_index", &ArgMax::select_last_index}};
};

/// Position of the smallest element along `axis`; of equals the first, or the last with
/// `select_last_index`.
struct ArgMin {
  std::int64_t axis = 0;
  bool keepdims = true;
  bool select_last_index = false;
  static constexpr auto fields =
      Fields{Field{"axis", &ArgMin::axis}, Field{"keepdims", &ArgMin::keepdims},
             Field{"select_last_index", &ArgMin::select_last_index}};
};

/// tern domain. X broadcast to the shape of `like`, the counterpart of SumToLike; with `average`
/// divided by the number of copies made of each element. Only the shape of `like` is read.
struct BroadcastToLike {
  bool average = false;
  static constexpr auto fields = Fields{Field{"average", &BroadcastToLike::average}};
};

/// Sum of magnitudes.
struct ReduceL1 {
  bool keepdims = true;
  bool noop_with_empty_axes = false;
  static constexpr auto fields =
      Fields{Field{"keepdims", &ReduceL1::keepdims},
             Field{"noop_with_empty_axes", &ReduceL1::noop_with_empty_axes}};
};

/// Root of the sum of squares.
struct ReduceL2 {
  bool keepdims = true;
  bool noop_with_empty_axes = false;
  static constexpr auto fields =
      Fields{Field{"keepdims", &ReduceL2::keepdims},
             Field{"noop_with_empty_axes", &ReduceL2::noop_with_empty_axes}};
};

/// Logarithm of the sum.
struct ReduceLogSum {
  bool keepdims = true;
  bool noop_with_empty_axes = false;
  static constexpr auto fields =
      Fields{Field{"keepdims", &ReduceLogSum::keepdims},
             Field{"noop_with_empty_axes", &ReduceLogSum::noop_with_empty_axes}};
};

/// Logarithm of the sum of exponentials.
struct ReduceLogSumExp {
  bool keepdims = true;
  bool noop_with_empty_axes = false;
  static constexpr auto fields =
      Fields{Field{"keepdims", &ReduceLogSumExp::keepdims},
             Field{"noop_with_empty_axes", &ReduceLogSumExp::noop_with_empty_axes}};
};

/// The largest element; NaN wins.
struct ReduceMax {
  bool keepdims = true;
  bool noop_with_empty_axes = false;
  static constexpr auto fields =
      Fields{Field{"keepdims", &ReduceMax::keepdims},
             Field{"noop_with_empty_axes", &ReduceMax::noop_with_empty_axes}};
};

/// The mean; integers truncate towards zero.
struct ReduceMean {
  bool keepdims = true;
  bool noop_with_empty_axes = false;
  static constexpr auto fields =
      Fields{Field{"keepdims", &ReduceMean::keepdims},
             Field{"noop_with_empty_axes", &ReduceMean::noop_with_empty_axes}};
};

/// The smallest element; NaN wins.
struct ReduceMin {
  bool keepdims = true;
  bool noop_with_empty_axes = false;
  static constexpr auto fields =
      Fields{Field{"keepdims", &ReduceMin::keepdims},
             Field{"noop_with_empty_axes", &ReduceMin::noop_with_empty_axes}};
};

struct ReduceProd {
  bool keepdims = true;
  bool noop_with_empty_axes = false;
  static constexpr auto fields =
      Fields{Field{"keepdims", &ReduceProd::keepdims},
             Field{"noop_with_empty_axes", &ReduceProd::noop_with_empty_axes}};
};

struct ReduceSum {
  bool keepdims = true;
  bool noop_with_empty_axes = false;
  static constexpr auto fields =
      Fields{Field{"keepdims", &ReduceSum::keepdims},
             Field{"noop_with_empty_axes", &ReduceSum::noop_with_empty_axes}};
};

/// Sum of squares.
struct ReduceSumSquare {
  bool keepdims = true;
  bool noop_with_empty_axes = false;
  static constexpr auto fields =
      Fields{Field{"keepdims", &ReduceSumSquare::keepdims},
             Field{"noop_with_empty_axes", &ReduceSumSquare::noop_with_empty_axes}};
};

/// tern domain. Sums X over the axes along which `like` was broadcast to X's shape, so that the
/// result has like's shape: the gradient of broadcasting. Only the shape of `like` is read.
struct SumToLike {
  static constexpr auto fields = Fields{};
};

/// The K (second input) largest or smallest elements along `axis` and their positions, best first;
/// of equal elements the one with the lower index. NaN counts as the largest.
struct TopK {
  std::int64_t axis = -1;
  bool largest = true;
  bool sorted = true;
  static constexpr auto fields = Fields{
      Field{"axis", &TopK::axis}, Field{"largest", &TopK::largest}, Field{"sorted", &TopK::sorted}};
};

}  // namespace tern::ops
