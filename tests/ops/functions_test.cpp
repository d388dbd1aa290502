#include "tern/functions.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

// What a function cannot take is told with the line that calls it.
TEST(Functions, MistakesNameTheCaller) {
  const auto place = [](int line) { return "functions_test.cpp:" + std::to_string(line) + ": "; };
  GraphBuilder sum("g");
  const Value a = sum.input("a", DType::kF32, {2, 3}), b = sum.input("b", DType::kF32, {4});
  relu(a) + b * 2.0;
  EXPECT_TRUE(sum.status().message().starts_with(place(__LINE__ - 1))) << sum.status().to_string();

  GraphBuilder joined("h");
  const Value c = joined.input("c", DType::kF32, {2, 3}), d = joined.input("d", DType::kI64, {2});
  concat({c, d}, 0);
  EXPECT_TRUE(joined.status().message().starts_with(place(__LINE__ - 1)))
      << joined.status().to_string();

  GraphBuilder turned("i");
  const Value e = turned.input("e", DType::kF32, {2});
  1.0 / transpose(e, {1, 0});
  EXPECT_TRUE(turned.status().message().starts_with(place(__LINE__ - 1)))
      << turned.status().to_string();
}

}  // namespace
}  // namespace tern
