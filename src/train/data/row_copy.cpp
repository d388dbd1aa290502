#include "train/data/row_copy.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/errors.h"

namespace tern {

bool rows_are_whole_bytes(DType dtype, std::int64_t count) {
  return !is_sub_byte(dtype) || count % (8 / bit_width(dtype)) == 0;
}

void copy_elements(const Tensor& from, Tensor& to) {
  TERN_DCHECK(from.dtype() == to.dtype() && from.elements() == to.elements());
  if (from.dtype() == DType::kString) {
    std::ranges::copy(from.span<std::string>(), to.mutable_span<std::string>().begin());
  } else if (from.bytes() > 0) {
    std::memcpy(to.mutable_raw(), from.raw(), from.bytes());
  }
}

Result<Shape> with_rows(std::int64_t rows, const Shape& row) {
  std::vector<std::int64_t> dims{rows};
  dims.insert(dims.end(), row.begin(), row.end());
  return Shape::from(dims);
}

}  // namespace tern
