// Sequences and optionals (onnx.ai/onnx/operators): tensors of tensors, see tern/tensor.h.
#pragma once

#include "tern/op.h"

namespace tern::ops {

/// The items of a sequence joined along `axis`, or stacked along a new one with `new_axis`.
struct ConcatFromSequence {
  std::int64_t axis = 0;
  bool new_axis = false;
  static constexpr auto fields = Fields{Field{"axis", &ConcatFromSequence::axis, kRequiredField},
                                        Field{"new_axis", &ConcatFromSequence::new_axis}};
};

/// An optional that holds the input, or nothing when the input is left out.
struct Optional {
  static constexpr auto fields = Fields{};
};

/// What an optional holds, which must be something. Anything else is passed through.
struct OptionalGetElement {
  static constexpr auto fields = Fields{};
};

/// Whether the input is there and, when it is an optional, holds something.
struct OptionalHasElement {
  static constexpr auto fields = Fields{};
};

/// Item `position` of a sequence; a negative position counts from the end.
struct SequenceAt {
  static constexpr auto fields = Fields{};
};

/// A sequence of the inputs.
struct SequenceConstruct {
  static constexpr auto fields = Fields{};
};

/// A sequence without items, for items of the given type.
struct SequenceEmpty {
  DType dtype = DType::kF32;
  static constexpr auto fields = Fields{Field{"dtype", &SequenceEmpty::dtype}};
};

/// The sequence without item `position` (the last when left out).
struct SequenceErase {
  static constexpr auto fields = Fields{};
};

/// The sequence with a tensor put in at `position` (the end when left out).
struct SequenceInsert {
  static constexpr auto fields = Fields{};
};

/// The number of items, an i64 scalar.
struct SequenceLength {
  static constexpr auto fields = Fields{};
};

/// A tensor cut along `axis` into a sequence: pieces of `split` elements (a scalar; the last may be
/// smaller), pieces as long as `split` (a vector) says, or, when it is left out, pieces of one,
/// which lose the axis without `keepdims`.
struct SplitToSequence {
  std::int64_t axis = 0;
  bool keepdims = true;
  static constexpr auto fields =
      Fields{Field{"axis", &SplitToSequence::axis}, Field{"keepdims", &SplitToSequence::keepdims}};
};

}  // namespace tern::ops
