// Sums of products over labelled axes, one operand after the other: the arithmetic of Einsum and of
// its gradient. Axes are vectors here, not Shapes: two operands may have more labels together than
// one tensor may have axes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ops/linalg/einsum_equation.h"

namespace tern::ops {

using Sizes = std::vector<std::int64_t>;

/// Elements, row-major, whose axes have labels.
template <class T>
struct Labelled {
  Labels labels;
  Sizes shape;
  std::vector<T> values;
};

/// Strides of a row-major tensor with `labels`, seen at the axes of `wanted`: 0 where it has no
/// such axis or one of size 1, sums where a label occurs twice.
Sizes label_strides(const Labels& labels, std::span<const std::int64_t> shape,
                    const Labels& wanted);

/// The labels of `a` and those that only `b` has, each once.
Labels joined(const Labels& a, const Labels& b);

/// The sizes of `labels`; `sizes` has that of every label.
Sizes label_shape(const Labels& labels, std::span<const std::int64_t> sizes);

/// Calls body(a, b, c) with three offsets for every index of `shape`, row-major.
template <class Body>
void for_each_index(const Sizes& shape, const Sizes& a, const Sizes& b, const Sizes& c, Body body) {
  for (const std::int64_t size : shape) {
    if (size == 0) return;
  }
  Sizes index(shape.size(), 0);
  std::int64_t ia = 0, ib = 0, ic = 0;
  while (true) {
    body(ia, ib, ic);
    std::size_t axis = shape.size();
    while (axis-- > 0) {
      ia += a[axis], ib += b[axis], ic += c[axis];
      if (++index[axis] < shape[axis]) break;
      ia -= a[axis] * shape[axis], ib -= b[axis] * shape[axis], ic -= c[axis] * shape[axis];
      index[axis] = 0;
    }
    if (axis == static_cast<std::size_t>(-1)) return;
  }
}

/// All operands multiplied and summed over the labels that are not in `kept`, from left to right,
/// so that no step spans more labels than it must. `sizes` has the size of every label; operands
/// may have size 1 where it is larger. Sums and products of unsigned integers wrap around.
template <class T>
Labelled<T> contract(std::span<const Labelled<T>> operands, const Labels& kept,
                     std::span<const std::int64_t> sizes);

}  // namespace tern::ops
