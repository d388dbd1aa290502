#include "tensor/npy.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace tern {
namespace {

std::string file_of(std::string_view header, std::string_view data) {
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size());
  bytes += '\0';
  return bytes.append(header).append(data);
}

Result<Tensor> parse(const std::string& bytes) {
  return parse_npy(std::as_bytes(std::span(bytes.data(), bytes.size())));
}

TEST(Npy, ReadsWhatNumpyWrites) {
  const auto t = parse(file_of("{'descr': '<i2', 'fortran_order': False, 'shape': (2, 2), }\n",
                               std::string_view("\1\0\2\0\3\0\4\0", 8)));
  ASSERT_TRUE(t.ok()) << t.status().to_string();
  EXPECT_EQ(t->to_string(), "i16[2,2] {1, 2, 3, 4}");
}

TEST(Npy, TurnsBigEndianAndFortranOrderAround) {
  const auto t = parse(file_of("{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }\n",
                               std::string_view("\0\1\0\4\0\2\0\5\0\3\0\6", 12)));
  ASSERT_TRUE(t.ok()) << t.status().to_string();
  EXPECT_EQ(t->to_string(), "i16[2,3] {1, 2, 3, 4, 5, 6}");
}

TEST(Npy, ScalarsAndVectorsHaveTheirShapes) {
  const auto scalar =
      parse(file_of("{'descr': '|u1', 'fortran_order': False, 'shape': (), }", "\7"));
  EXPECT_EQ(scalar->to_string(), "u8[] {7}");
  const auto one =
      parse(file_of("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }", "\7"));
  EXPECT_EQ(one->to_string(), "u8[1] {7}");
}

TEST(Npy, RefusesHostileHeaders) {
  for (const std::string_view header :
       {"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1000,), }",
        "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1x,), }",
        "{'descr': '<f3', 'fortran_order': False, 'shape': (1,), }", "{}", ""}) {
    EXPECT_FALSE(parse(file_of(header, "1234")).ok()) << header;
  }
  EXPECT_FALSE(parse("\x93NUMPY").ok());
  EXPECT_FALSE(parse("").ok());
}

TEST(Npy, EveryTruncationIsAnError) {
  const std::string whole =
      file_of("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "1234");
  ASSERT_TRUE(parse(whole).ok());
  for (std::size_t n = 0; n < whole.size(); ++n) EXPECT_FALSE(parse(whole.substr(0, n)).ok()) << n;
}

TEST(Npy, WritesWhatItReads) {
  const testing::TempDir folder;
  const std::string path = folder.path() + "/x.npy";
  for (const Tensor& t :
       {*Tensor::from<float>({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6.5f}),
        Tensor::scalar<std::int64_t>(-3), *Tensor::zeros(DType::kF64, {0, 4}),
        Tensor::vector<bool>({true, false}), *Tensor::zeros(DType::kComplex64, {2})}) {
    ASSERT_TRUE(write_npy(path, t).ok());
    const auto back = read_npy(path);
    ASSERT_TRUE(back.ok()) << back.status().to_string();
    EXPECT_TRUE(identical(*back, t)) << t.to_string();
  }
}

TEST(Npy, TypesThatNumpyLacksAreWidened) {
  const testing::TempDir folder;
  const std::string path = folder.path() + "/x.npy";
  const Tensor packed = *Tensor::zeros(DType::kI4, {3});
  ASSERT_TRUE(write_npy(path, packed).ok());
  EXPECT_EQ(read_npy(path)->to_string(), "i8[3] {0, 0, 0}");
}

TEST(Npy, WhatNumpyCannotHoldIsRefused) {
  const testing::TempDir folder;
  const Tensor number = Tensor::scalar<float>(1);
  for (const Tensor& t :
       {Tensor::vector<std::string>({"a"}), Tensor::container(DType::kSequence, {number}),
        Tensor::container(DType::kOptional, {number}),
        Tensor::container(DType::kMap, {number, number}), Tensor()}) {
    EXPECT_EQ(write_npy(folder.path() + "/x.npy", t).code(), StatusCode::kUnimplemented);
  }
}

TEST(Npy, EveryByteThatIsNotZeroIsTrue) {
  const auto bools = parse(file_of("{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }",
                                   std::string("\0\1\2", 3)));
  ASSERT_TRUE(bools.ok());
  EXPECT_TRUE(identical(*bools, Tensor::vector<bool>({false, true, true})));
}

}  // namespace
}  // namespace tern
