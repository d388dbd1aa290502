#include "runtime/arena_map.h"

#include <gmock/gmock.h>

#include "tern/functions.h"
#include "tests/support/status_matchers.h"

namespace tern::runtime {
namespace {

using testing::IsOk;

TEST(ArenaMap, BuffersThatLiveTogetherAreApart) {
  GraphBuilder b("net");
  const Value x = b.input("x", DType::kF32, {16, 16});
  const Value a = exp(x);
  const Value c = sin(x);
  Value sum = a + c;
  for (int i = 0; i < 5; ++i) sum = cos(sum) * a;
  b.output("y", relu(sum));
  const auto zeros = Tensor::zeros(DType::kF32, {16, 16});
  const std::vector<Tensor> inputs{*zeros};
  const Result<ArenaMap> map =
      arena_map(*b.build(), {.threads = 1, .optimize = false, .reference_kernels = true}, inputs);
  ASSERT_THAT(map, IsOk());
  EXPECT_TRUE(map->complete);
  EXPECT_EQ(map->steps, 14) << "the last writes into the caller's tensor";
  ASSERT_FALSE(map->buffers.empty());
  for (std::size_t i = 0; i < map->buffers.size(); ++i) {
    const ArenaBuffer& one = map->buffers[i];
    EXPECT_EQ(one.bytes, 16U * 16 * 4);
    EXPECT_LE(one.offset + one.bytes, map->arena_bytes);
    EXPECT_LE(one.first, one.last);
    EXPECT_LT(one.last, map->steps);
    for (std::size_t j = i + 1; j < map->buffers.size(); ++j) {
      const ArenaBuffer& other = map->buffers[j];
      if (other.first > one.last || one.first > other.last) continue;
      EXPECT_TRUE(one.offset + one.bytes <= other.offset ||
                  other.offset + other.bytes <= one.offset)
          << one.values << " and " << other.values;
    }
  }
}

TEST(ArenaMap, InputsHaveToFit) {
  GraphBuilder b("net");
  b.output("y", relu(b.input("x", DType::kF32, {4})));
  const auto wrong = Tensor::zeros(DType::kF32, {5});
  const std::vector<Tensor> inputs{*wrong};
  EXPECT_THAT(arena_map(*b.build(), {.threads = 1}, inputs),
              testing::FailsWith(StatusCode::kInvalidArgument, "x"));
}

}  // namespace
}  // namespace tern::runtime
