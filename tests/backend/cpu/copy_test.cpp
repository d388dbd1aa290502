#include "backend/cpu/compute/copy.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

using Ints = std::vector<std::int64_t>;

// Copies with two threads and compares with the definition, element by element. x and y are given
// their extents in elements; x starts at `x_offset`.
void check(std::int64_t bytes, const Ints& sizes, const Ints& x_strides, const Ints& y_strides,
           std::int64_t x_elements, std::int64_t y_elements, std::int64_t x_offset = 0) {
  SCOPED_TRACE(::testing::Message() << bytes << " bytes, " << ::testing::PrintToString(sizes));
  std::vector<unsigned char> x(static_cast<std::size_t>(x_elements * bytes));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<unsigned char>(i * 37 % 251);
  constexpr unsigned char kUntouchedByte = 253;
  std::vector<unsigned char> y(static_cast<std::size_t>(y_elements * bytes), kUntouchedByte);
  std::vector<unsigned char> expected = y;
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) count *= size;
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t rest = i;
    std::int64_t from = x_offset;
    std::int64_t to = 0;
    for (std::size_t d = sizes.size(); d-- > 0;) {
      from += rest % sizes[d] * x_strides[d];
      to += rest % sizes[d] * y_strides[d];
      rest /= sizes[d];
    }
    for (std::int64_t b = 0; b < bytes; ++b) {
      expected[static_cast<std::size_t>(to * bytes + b)] =
          x[static_cast<std::size_t>(from * bytes + b)];
    }
  }
  ThreadPool pool(2);
  run_copy(plan_copy(bytes, sizes, x_strides, y_strides), x.data() + x_offset * bytes, y.data(),
           pool);
  EXPECT_EQ(y, expected);
}

TEST(Copy, EveryWidthAlongEveryKindOfStride) {
  for (const std::int64_t bytes : {1, 2, 4, 8}) {
    check(bytes, {3, 5}, {5, 1}, {5, 1}, 15, 15);        // dense
    check(bytes, {3, 4}, {7, 1}, {4, 1}, 21, 12);        // a slice of columns
    check(bytes, {3, 4}, {4, 1}, {9, 1}, 12, 27);        // into a wider tensor
    check(bytes, {3, 4}, {1, 3}, {4, 1}, 12, 12);        // transposed
    check(bytes, {3, 4}, {0, 1}, {4, 1}, 4, 12);         // rows repeated
    check(bytes, {3, 4}, {1, 0}, {4, 1}, 3, 12);         // elements repeated
    check(bytes, {3, 4}, {-8, -2}, {4, 1}, 32, 12, 30);  // backwards
    check(bytes, {3, 4}, {20, 2}, {8, 2}, 60, 24);       // neither side dense
    check(bytes, {2, 3, 2, 2}, {3, 1, 12, 6}, {12, 4, 2, 1}, 24, 24);
  }
}

TEST(Copy, JoinsDimensionsThatBothSidesStepThroughAsOne) {
  const CopyPlan dense = plan_copy(4, Ints{2, 3, 4}, Ints{12, 4, 1}, Ints{12, 4, 1});
  EXPECT_EQ(dense.rank, 1);
  EXPECT_EQ(dense.sizes[0], 24);
  const CopyPlan columns = plan_copy(4, Ints{2, 3, 4}, Ints{24, 8, 1}, Ints{12, 4, 1});
  EXPECT_EQ(columns.rank, 2);
  EXPECT_EQ(columns.sizes[0], 6);
}

TEST(Copy, ScalarsAndEmptyTensors) {
  check(4, {}, {}, {}, 1, 1);
  check(8, {1, 1}, {5, 3}, {1, 1}, 1, 1);
  check(2, {3, 0}, {1, 1}, {1, 1}, 3, 3);
  check(2, {0}, {1}, {1}, 3, 3);
}

TEST(Copy, LargeTensorsAreShared) {
  check(1, {300'000}, {1}, {1}, 300'000, 300'000);
  check(4, {100'000}, {2}, {1}, 200'000, 100'000);
  check(8, {200, 300}, {1, 200}, {300, 1}, 60'000, 60'000);
}

TEST(Copy, RowsOfBytes) {
  const std::vector<char> x{'a', 'b', 'c', 'd', 'e', 'f'};
  std::vector<char> y(8, '.');
  ThreadPool pool(1);
  run_copy(plan_copy_rows(2, 2, 3, 4), x.data(), y.data(), pool);
  EXPECT_EQ(y, (std::vector<char>{'a', 'b', '.', '.', 'd', 'e', '.', '.'}));
}

}  // namespace
}  // namespace tern::cpu
