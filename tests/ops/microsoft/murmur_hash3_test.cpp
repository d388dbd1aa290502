#include "tern/ops/microsoft.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

Tensor u32(const Shape& shape, const std::vector<std::int64_t>& values) {
  return ints(DType::kU32, shape, values);
}

}  // namespace

TERN_OP_TEST(MurmurHash3) {
  // Vectors that are published with implementations of MurmurHash3_x86_32
  // (stackoverflow.com/questions/14747343, en.wikipedia.org/wiki/MurmurHash).
  return {
      {.name = "strings of all lengths modulo 4",
       .op = ops::MurmurHash3{},
       .inputs = {strings({3}, {"", "test", "Hello, world!"})},
       .expected = {u32({3}, {0, 0xba6bd213, 0xc0363e43})}},
      {.name = "a seed",
       .op = ops::MurmurHash3{.seed = 0x9747b28c},
       .inputs = {strings({4}, {"test", "aaa", "aa", "Hello, world!"})},
       .expected = {u32({4}, {0x704b81dc, 0x283e0130, 0x5d211726, 0x24884cba})}},
      {.name = "four bytes as a number",
       .op = ops::MurmurHash3{.seed = 0x5082edee},
       .inputs = {i32({1}, {0x87654321})},
       .expected = {u32({1}, {0x2362f9de})}},
      {.name = "a signed result",
       .op = ops::MurmurHash3{.positive = false},
       .inputs = {i32({2}, {-1, 0x87654321})},
       .expected = {i32({2}, {0x76293b50, static_cast<std::int32_t>(0xf55b516b)})}},
  };
}

}  // namespace tern::testing
