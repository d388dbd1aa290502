// Copying the elements of a row, whatever their type.
#pragma once

#include "tern/dataset.h"

namespace tern {

/// Whether `count` elements of `dtype` are whole bytes, so that rows of them can be told apart.
bool rows_are_whole_bytes(DType dtype, std::int64_t count);

/// Copies all elements; dtype and number of elements agree.
void copy_elements(const Tensor& from, Tensor& to);

/// The shape of `rows` rows; fails when it is too large or has too many axes.
Result<Shape> with_rows(std::int64_t rows, const Shape& row);

}  // namespace tern
