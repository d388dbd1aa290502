#include "backend/cpu/compute/transpose.h"

#include <algorithm>
#include <cstring>

#include "backend/cpu/compute/packing.h"
#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

struct Dim {
  std::int64_t size, x, y;
};

// Dimensions of y from the outermost, neighbours joined where both sides step through them as one.
int collect_dims(std::span<const std::int64_t> x_dims, std::span<const std::int64_t> permutation,
                 std::array<Dim, kMaxTransposeRank>& dims) {
  const std::size_t rank = x_dims.size();
  std::array<std::int64_t, kMaxTransposeRank> x_strides{};
  std::int64_t stride = 1;
  for (std::size_t d = rank; d-- > 0;) {
    x_strides[d] = stride;
    stride *= x_dims[d];
  }
  std::int64_t y_stride = stride;
  std::size_t count = 0;
  for (std::size_t d = 0; d < rank; ++d) {
    const auto axis = static_cast<std::size_t>(permutation[d]);
    if (x_dims[axis] == 1) continue;
    if (x_dims[axis] != 0) y_stride /= x_dims[axis];
    const Dim dim{x_dims[axis], x_strides[axis], y_stride};
    if (count > 0 && dims[count - 1].x == dim.x * dim.size) {
      dims[count - 1] = {dims[count - 1].size * dim.size, dim.x, dim.y};
    } else {
      dims[count++] = dim;
    }
  }
  return static_cast<int>(count);
}

void copy_rows(const float* x, std::int64_t x_row, float* y, std::int64_t y_row, std::int64_t rows,
               std::int64_t columns) {
  for (std::int64_t r = 0; r < rows; ++r) {
    std::memcpy(y + r * y_row, x + r * x_row, sizeof(float) * static_cast<std::size_t>(columns));
  }
}

// Rows [rows.begin, rows.end) of the plan's last matrix, columns [columns.begin, columns.end).
void run_matrix(const TransposePlan& plan, const float* x, float* y, Range rows, Range columns) {
  const auto row = static_cast<std::size_t>(plan.rank) - 2;
  const std::int64_t x_row = plan.x_strides[row];
  const std::int64_t x_column = plan.x_strides[row + 1];
  const std::int64_t y_row = plan.y_strides[row];
  x += rows.begin * x_row + columns.begin * x_column;
  y += rows.begin * y_row + columns.begin;
  if (x_column == 1) return copy_rows(x, x_row, y, y_row, rows.size(), columns.size());
  // x's contiguous dimension is the row dimension of the plan, so it is the column of the kernel.
  transpose_kernels(plan.isa).matrix(x, x_column, y, y_row, columns.size(), rows.size());
}

}  // namespace

TransposePlan plan_transpose(std::span<const std::int64_t> x_dims,
                             std::span<const std::int64_t> permutation, Isa isa) {
  std::array<Dim, kMaxTransposeRank> dims{};
  int count = collect_dims(x_dims, permutation, dims);
  // Padding with outer dimensions of one keeps the rest the same.
  while (count < 2) {
    std::copy_backward(dims.begin(), dims.begin() + count, dims.begin() + count + 1);
    dims[0] = {1, count == 0 ? 1 : dims[1].size, count == 0 ? 1 : dims[1].size};
    ++count;
  }
  // The row dimension of the matrix: the one x is contiguous along, unless that is y's last too.
  const auto end = dims.begin() + count;
  const auto last = end - 1;
  if (last->x != 1) {
    const auto contiguous = std::find_if(dims.begin(), last, [](const Dim& d) { return d.x == 1; });
    std::rotate(contiguous, contiguous + 1, last);
  }
  TransposePlan plan{.isa = isa, .rank = count};
  for (int d = 0; d < count; ++d) {
    const auto i = static_cast<std::size_t>(d);
    plan.dims[i] = dims[i].size;
    plan.x_strides[i] = dims[i].x;
    plan.y_strides[i] = dims[i].y;
  }
  return plan;
}

TransposePlan plan_to_channels_last(std::int64_t batch, std::int64_t channels, std::int64_t pixels,
                                    Isa isa) {
  const std::array<std::int64_t, 3> dims{batch, channels, pixels};
  constexpr std::array<std::int64_t, 3> kPermutation{0, 2, 1};
  return plan_transpose(dims, kPermutation, isa);
}

void run_transpose(const TransposePlan& plan, const float* x, float* y, ThreadPool& pool) noexcept {
  const auto row = static_cast<std::size_t>(plan.rank) - 2;
  const std::int64_t rows = plan.dims[row];
  const std::int64_t columns = plan.dims[row + 1];
  std::int64_t matrices = 1;
  for (std::size_t d = 0; d < row; ++d) matrices *= plan.dims[d];
  if (matrices == 0 || rows == 0 || columns == 0) return;
  // A matrix is cut into bands of rows, whole cache lines of x each, so that even one matrix has
  // work for every thread.
  constexpr std::int64_t kBand = 64;
  constexpr std::int64_t kMinElements = 16 * 1024;
  const std::int64_t bands = (rows + kBand - 1) / kBand;
  const std::int64_t grain =
      std::max<std::int64_t>(1, kMinElements / (std::min(rows, kBand) * columns));
  pool.parallel_for(matrices * bands, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      std::int64_t rest = i / bands;
      const std::int64_t first = i % bands * kBand;
      const float* from = x;
      float* to = y;
      for (std::size_t d = row; d-- > 0;) {
        const std::int64_t index = rest % plan.dims[d];
        rest /= plan.dims[d];
        from += index * plan.x_strides[d];
        to += index * plan.y_strides[d];
      }
      run_matrix(plan, from, to, {first, std::min(rows, first + kBand)}, {0, columns});
    }
  });
}

}  // namespace tern::cpu
