#include "serve/tensors/binary_elements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace tern::serve {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using ::testing::ElementsAre;
using testing::FailsWith;
using testing::IsOk;

Result<Tensor> read(DType dtype, const Shape& shape, std::string_view bytes) {
  Tensor tensor = *Tensor::zeros(dtype, shape);
  const Status status = read_binary(bytes, tensor);
  if (!status.ok()) return status;
  return tensor;
}

TEST(BinaryElements, AreLittleEndian) {
  EXPECT_THAT((*read(DType::kF32, {2}, "\x00\x00\x80\x3f\x00\x00\x00\xc0"sv)).span<float>(),
              ElementsAre(1, -2));
  EXPECT_THAT((*read(DType::kI16, {1, 2}, "\x01\x02\xff\xff"sv)).span<std::int16_t>(),
              ElementsAre(0x0201, -1));
  EXPECT_EQ((*read(DType::kBF16, {1}, "\x80\x3f"sv)).span<BFloat16>()[0].bits, 0x3f80);
  EXPECT_EQ(binary_elements(Tensor::vector<std::int16_t>({0x0201, -1})).bytes,
            "\x01\x02\xff\xff"sv);
}

TEST(BinaryElements, AnyByteButZeroIsTrue) {
  EXPECT_THAT((*read(DType::kBool, {4}, "\x00\x01\x02\xff"sv)).span<bool>(),
              ElementsAre(false, true, true, true));
}

TEST(BinaryElements, StringsTellTheirLengths) {
  const std::string bytes =
      "\x02\x00\x00\x00"s + "ab" + "\x00\x00\x00\x00"s + "\x01\x00\x00\x00\x00"s;
  const Result<Tensor> tensor = read(DType::kString, {3}, bytes);
  ASSERT_THAT(tensor, IsOk());
  EXPECT_THAT(tensor->span<std::string>(), ElementsAre("ab", "", "\0"s));
  EXPECT_EQ(binary_elements(*tensor).bytes, bytes);
}

TEST(BinaryElements, SizesMustAgree) {
  EXPECT_THAT(read(DType::kF32, {2}, "1234567"),
              FailsWith(StatusCode::kInvalidArgument, "FP32 of shape [2] takes 8 bytes, not 7"));
  EXPECT_THAT(read(DType::kI4, {3}, "123"),
              FailsWith(StatusCode::kInvalidArgument, "takes 2 bytes, not 3"));
  EXPECT_THAT(check_binary_size(DType::kF64, {std::int64_t{1} << 61}, 8),
              FailsWith(StatusCode::kInvalidArgument, "takes more bytes, not 8"));
  EXPECT_THAT(check_binary_size(DType::kString, {1'000'000}, 8),
              FailsWith(StatusCode::kInvalidArgument, "more than 8 bytes can hold"));
  EXPECT_THAT(read(DType::kF32, {0, 4}, ""), IsOk());
}

TEST(BinaryElements, StringsEndWhereTheBytesEnd) {
  EXPECT_THAT(read(DType::kString, {1},
                   "\x05\x00\x00\x00"
                   "abcd"sv),
              FailsWith(StatusCode::kInvalidArgument, "element 0 of 1 should have 5 bytes, and 4"));
  EXPECT_THAT(read(DType::kString, {1},
                   "\xff\xff\xff\xff"
                   "abcd"sv),
              FailsWith(StatusCode::kInvalidArgument, "should have 4294967295 bytes"));
  EXPECT_THAT(read(DType::kString, {2},
                   "\x03\x00\x00\x00"
                   "abcde"sv),
              FailsWith(StatusCode::kInvalidArgument, "before the length of element 1 of 2"));
  EXPECT_THAT(read(DType::kString, {1},
                   "\x01\x00\x00\x00"
                   "abc"sv),
              FailsWith(StatusCode::kInvalidArgument, "2 bytes follow the last of 1 elements"));
}

TEST(BinaryElements, AnAnswerKeepsItsMemory) {
  BinaryElements part;
  {
    const Tensor tensor = Tensor::vector<float>({1, 2});
    part = binary_elements(tensor);
    EXPECT_EQ(static_cast<const void*>(part.bytes.data()), tensor.raw());
  }
  EXPECT_EQ(part.bytes, "\x00\x00\x80\x3f\x00\x00\x00\x40"sv);
}

}  // namespace
}  // namespace tern::serve
