#include "tern/tensor.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

TEST(Tensor, BitsBehindTheLastPackedElementMeanNothing) {
  std::uint8_t a[] = {0x21, 0x03};
  std::uint8_t b[] = {0x21, 0xf3};
  EXPECT_TRUE(identical(Tensor::view(DType::kU4, {3}, a), Tensor::view(DType::kU4, {3}, b)));
  EXPECT_FALSE(identical(Tensor::view(DType::kU4, {4}, a), Tensor::view(DType::kU4, {4}, b)));
}

}  // namespace
}  // namespace tern
