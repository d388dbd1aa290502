// Operators on the arrangement of elements: shapes, slices, gathers, conversions
// (onnx.ai/onnx/operators). Operators of the tern domain are gradients of others and say so.
#pragma once

#include "tern/op.h"

namespace tern::ops {

/// How Cast rounds to f8e8m0: away from zero, towards zero, to nearest with ties up.
enum class CastRounding : int { kUp, kDown, kNearest };

/// What Pad puts outside the input.
enum class PadMode : int { kConstant, kReflect, kEdge, kWrap };

/// How a scatter joins an update with what stands there.
enum class ScatterReduction : int { kNone, kAdd, kMul, kMax, kMin };

/// Elements converted to type `to`. Strings hold numbers in plain or scientific notation.
/// `saturate` is for the f8 types, `round_mode` for f8e8m0.
struct Cast {
  CastRounding round_mode = CastRounding::kUp;
  bool saturate = true;
  DType to = DType::kUndefined;
  static constexpr auto fields =
      Fields{Field{"round_mode", &Cast::round_mode}, Field{"saturate", &Cast::saturate},
             Field{"to", &Cast::to, kRequiredField}};
};

/// Cast to the type of the second input.
struct CastLike {
  CastRounding round_mode = CastRounding::kUp;
  bool saturate = true;
  static constexpr auto fields =
      Fields{Field{"round_mode", &CastLike::round_mode}, Field{"saturate", &CastLike::saturate}};
};

/// The slices of the input along `axis` (of the flattened input without it) where the second
/// input, a bool vector, is true.
struct Compress {
  std::optional<std::int64_t> axis;
  static constexpr auto fields = Fields{Field{"axis", &Compress::axis}};
};

/// The inputs one after the other along `axis`.
struct Concat {
  std::int64_t axis = 0;
  static constexpr auto fields = Fields{Field{"axis", &Concat::axis, kRequiredField}};
};

/// A tensor of the sizes in the input, every element the one of `value` (f32 0 by default).
struct ConstantOfShape {
  Tensor value;
  static constexpr auto fields = Fields{Field{"value", &ConstantOfShape::value}};
};

/// Broadcasts the input with the sizes in the second input.
struct Expand {
  static constexpr auto fields = Fields{};
};

/// Ones on diagonal `k` of a matrix with the input's sizes, of type `dtype` or the input's.
struct EyeLike {
  DType dtype = DType::kUndefined;
  std::int64_t k = 0;
  static constexpr auto fields = Fields{Field{"dtype", &EyeLike::dtype}, Field{"k", &EyeLike::k}};
};

/// A matrix: axes before `axis` become rows, the others columns.
struct Flatten {
  std::int64_t axis = 1;
  static constexpr auto fields = Fields{Field{"axis", &Flatten::axis}};
};

/// Slices of `data` along `axis`, picked by the indices; negative ones count from the end.
struct Gather {
  std::int64_t axis = 0;
  static constexpr auto fields = Fields{Field{"axis", &Gather::axis}};
};

/// out[i][j][k] = data[i][indices[i][j][k]][k] for axis 1.
struct GatherElements {
  std::int64_t axis = 0;
  static constexpr auto fields = Fields{Field{"axis", &GatherElements::axis}};
};

/// tern domain. Gradient of Gather: (dY, data, indices) to zeros of data's shape with the slices of
/// dY added where they came from. Only the shape of `data` is read.
struct GatherGrad {
  std::int64_t axis = 0;
  static constexpr auto fields = Fields{Field{"axis", &GatherGrad::axis}};
};

/// Slices of `data` picked by index tuples, the last axis of the indices; the first `batch_dims`
/// axes run in step.
struct GatherND {
  std::int64_t batch_dims = 0;
  static constexpr auto fields = Fields{Field{"batch_dims", &GatherND::batch_dims}};
};

/// tern domain. Gradient of GatherND; inputs as GatherGrad's.
struct GatherNDGrad {
  std::int64_t batch_dims = 0;
  static constexpr auto fields = Fields{Field{"batch_dims", &GatherNDGrad::batch_dims}};
};

struct Identity {
  static constexpr auto fields = Fields{};
};

/// The indices of the elements that are not zero (false, empty), one column each.
struct NonZero {
  static constexpr auto fields = Fields{};
};

/// (indices, depth, values) to `values[1]` where the place along the new axis is the index and
/// `values[0]` elsewhere, also for an index outside [-depth, depth).
struct OneHot {
  std::int64_t axis = -1;
  static constexpr auto fields = Fields{Field{"axis", &OneHot::axis}};
};

/// (data, pads, constant_value, axes): all begins, then all ends; negative pads remove.
struct Pad {
  PadMode mode = PadMode::kConstant;
  static constexpr auto fields = Fields{Field{"mode", &Pad::mode}};
};

/// tern domain. Gradient of Pad: (dY, data, pads, axes) to the sums of dY over the places that each
/// element of data went to. Only the shape of `data` is read.
struct PadGrad {
  PadMode mode = PadMode::kConstant;
  static constexpr auto fields = Fields{Field{"mode", &PadGrad::mode}};
};

/// start, start + delta, ... as long as it is on this side of limit; (start, limit, delta).
struct Range {
  static constexpr auto fields = Fields{};
};

/// The elements of `data` under the shape of the second input (i64, rank 1): 0 copies the size from
/// the input unless `allowzero`, one -1 is computed.
struct Reshape {
  bool allowzero = false;
  static constexpr auto fields = Fields{Field{"allowzero", &Reshape::allowzero}};
};

/// The first sequence_lens[b] entries of every batch row in reverse order.
struct ReverseSequence {
  std::int64_t batch_axis = 1;
  std::int64_t time_axis = 0;
  static constexpr auto fields = Fields{Field{"batch_axis", &ReverseSequence::batch_axis},
                                        Field{"time_axis", &ReverseSequence::time_axis}};
};

/// data with data[i][indices[i][j][k]][k] = updates[i][j][k] for axis 1.
struct ScatterElements {
  std::int64_t axis = 0;
  ScatterReduction reduction = ScatterReduction::kNone;
  static constexpr auto fields = Fields{Field{"axis", &ScatterElements::axis},
                                        Field{"reduction", &ScatterElements::reduction}};
};

/// data with the slices that the index tuples name replaced by those of `updates`.
struct ScatterND {
  ScatterReduction reduction = ScatterReduction::kNone;
  static constexpr auto fields = Fields{Field{"reduction", &ScatterND::reduction}};
};

/// The sizes of axes [start, end) of the input as i64; negative counts from the end.
struct Shape {
  std::optional<std::int64_t> end;
  std::int64_t start = 0;
  static constexpr auto fields = Fields{Field{"end", &Shape::end}, Field{"start", &Shape::start}};
};

/// The number of elements as an i64 scalar.
struct Size {
  static constexpr auto fields = Fields{};
};

/// (data, starts, ends, axes, steps): numpy's data[start:end:step] on the named axes.
struct Slice {
  static constexpr auto fields = Fields{};
};

/// tern domain. Gradient of Slice: (dY, data, starts, ends, axes, steps) to zeros of data's shape
/// with dY where it came from. Only the shape of `data` is read.
struct SliceGrad {
  static constexpr auto fields = Fields{};
};

/// Pieces along `axis`: of the sizes in the second input, or as many equal ones as there are
/// outputs, the last smaller if need be.
struct Split {
  std::int64_t axis = 0;
  std::optional<std::int64_t> num_outputs;
  static constexpr auto fields =
      Fields{Field{"axis", &Split::axis}, Field{"num_outputs", &Split::num_outputs}};
};

/// Removes axes of size 1: those that the second input (i64) names, or all without it.
struct Squeeze {
  static constexpr auto fields = Fields{};
};

/// The input repeated repeats[i] times along axis i.
struct Tile {
  static constexpr auto fields = Fields{};
};

/// Axis i of the output is axis perm[i] of the input; empty perm reverses the axes.
struct Transpose {
  std::vector<std::int64_t> perm;
  static constexpr auto fields = Fields{Field{"perm", &Transpose::perm}};
};

/// The upper (or lower) triangle of the last two axes, zero elsewhere; the second input moves the
/// diagonal to the right.
struct Trilu {
  bool upper = true;
  static constexpr auto fields = Fields{Field{"upper", &Trilu::upper}};
};

/// The distinct elements (slices along `axis`), and optionally for each its first index, for each
/// element its place among them, and counts.
struct Unique {
  std::optional<std::int64_t> axis;
  bool sorted = true;
  static constexpr auto fields =
      Fields{Field{"axis", &Unique::axis}, Field{"sorted", &Unique::sorted}};
};

/// Inserts axes of size 1 where the second input (i64, positions in the output) says.
struct Unsqueeze {
  static constexpr auto fields = Fields{};
};

}  // namespace tern::ops

namespace tern {

template <>
struct AttributeEnum<ops::CastRounding> {
  static constexpr std::array<std::string_view, 3> names{"up", "down", "nearest"};
};
template <>
struct AttributeEnum<ops::PadMode> {
  static constexpr std::array<std::string_view, 4> names{"constant", "reflect", "edge", "wrap"};
};
template <>
struct AttributeEnum<ops::ScatterReduction> {
  static constexpr std::array<std::string_view, 5> names{"none", "add", "mul", "max", "min"};
};

}  // namespace tern
