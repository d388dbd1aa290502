#include "backend/cpu/compute/byte_transpose.h"

#include <algorithm>

#include "backend/cpu/compute/packing.h"
#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

// Columns of the matrix `x` to rows of `y`; few rows stand in registers together.
template <int kRows>
void few_rows(const std::uint8_t* x, std::uint8_t* y, std::int64_t columns, Range part) {
  for (std::int64_t c = part.begin; c < part.end; ++c) {
    for (int r = 0; r < kRows; ++r) y[c * kRows + r] = x[r * columns + c];
  }
}

void any_rows(const std::uint8_t* x, std::uint8_t* y, std::int64_t rows, std::int64_t columns,
              Range part) {
  constexpr std::int64_t kBlock = 32;  // lines of both sides that stay in the cache
  for (std::int64_t c0 = part.begin; c0 < part.end; c0 += kBlock) {
    const std::int64_t c1 = std::min(part.end, c0 + kBlock);
    for (std::int64_t r0 = 0; r0 < rows; r0 += kBlock) {
      const std::int64_t r1 = std::min(rows, r0 + kBlock);
      for (std::int64_t c = c0; c < c1; ++c) {
        for (std::int64_t r = r0; r < r1; ++r) y[c * rows + r] = x[r * columns + c];
      }
    }
  }
}

}  // namespace

void run_transpose_bytes(const std::uint8_t* x, std::uint8_t* y, std::int64_t batch,
                         std::int64_t rows, std::int64_t columns, ThreadPool& pool) noexcept {
  constexpr std::int64_t kGrain = 32 * 1024;  // bytes that are worth a thread of their own
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, rows));
  for (std::int64_t b = 0; b < batch; ++b, x += rows * columns, y += rows * columns) {
    pool.parallel_for(columns, grain, [&](std::int64_t begin, std::int64_t end) {
      const Range part{begin, end};
      switch (rows) {
        case 1: return few_rows<1>(x, y, columns, part);
        case 2: return few_rows<2>(x, y, columns, part);
        case 3: return few_rows<3>(x, y, columns, part);
        case 4: return few_rows<4>(x, y, columns, part);
        default: return any_rows(x, y, rows, columns, part);
      }
    });
  }
}

}  // namespace tern::cpu
