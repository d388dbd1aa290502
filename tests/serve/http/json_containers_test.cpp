#include "serve/http/json_containers.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/status_matchers.h"

namespace tern::serve {
namespace {

using testing::FailsWith;
using testing::IsOk;

std::string text_of(const Tensor& value) {
  std::string text;
  JsonWriter json(text, NonFinite::kString);
  EXPECT_THAT(write_value(json, value), IsOk());
  return text;
}

Tensor map(std::vector<std::string> keys, std::vector<float> values) {
  return Tensor::container(DType::kMap,
                           {Tensor::vector<std::string>(std::span<const std::string>(keys)),
                            Tensor::vector<float>(std::span<const float>(values))});
}

TEST(JsonContainers, AreArraysObjectsAndNull) {
  const Tensor row = *Tensor::from<float>({1, 2}, std::vector<float>{1, 2});
  EXPECT_EQ(text_of(Tensor::container(DType::kSequence, {row, Tensor::scalar<std::int64_t>(3)})),
            "[[[1,2]],3]");
  EXPECT_EQ(text_of(Tensor::container(DType::kSequence, {})), "[]");
  EXPECT_EQ(text_of(Tensor::container(DType::kOptional, {})), "null");
  EXPECT_EQ(text_of(Tensor::container(DType::kOptional, {row})), "[[1,2]]");
  EXPECT_EQ(text_of(map({"a \"b\"", "c"}, {0.5F, NAN})), R"({"a \"b\"":0.5,"c":"NaN"})");
  const Tensor numbers = Tensor::container(
      DType::kMap, {Tensor::vector<std::int64_t>({-3}), Tensor::vector<std::string>({"x"})});
  EXPECT_EQ(text_of(numbers), R"({"-3":"x"})");
}

TEST(JsonContainers, StringsAreOnePerItem) {
  const Tensor maps = Tensor::container(DType::kSequence, {map({"a"}, {1}), map({"b"}, {2})});
  const auto texts = json_texts(maps);
  ASSERT_THAT(texts, IsOk());
  ASSERT_TRUE(texts->shape() == Shape({2}));
  EXPECT_EQ(texts->data<std::string>()[0], R"({"a":1})");
  EXPECT_EQ(texts->data<std::string>()[1], R"({"b":2})");
  const auto single = json_texts(map({"a"}, {NAN}));
  ASSERT_THAT(single, IsOk());
  ASSERT_TRUE(single->shape() == Shape({1}));
  EXPECT_EQ(single->data<std::string>()[0], R"({"a":"NaN"})");
  EXPECT_EQ(elements_within(maps), 4) << "keys and values";
}

TEST(JsonContainers, KeysHaveToBeText) {
  std::string text;
  JsonWriter json(text);
  EXPECT_THAT(write_value(json, map({"\xFF"}, {1})),
              FailsWith(StatusCode::kFailedPrecondition, "key 0 is not UTF-8"));
}

}  // namespace
}  // namespace tern::serve
