#include "serve/http/predict_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "serve/http/npy_request.h"
#include "tensor/npy.h"
#include "tests/serve/signatures.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace tern::serve {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using testing::IsOk;

class PredictRequestTest : public ::testing::Test {
 protected:
  Result<std::vector<Tensor>> tensors(std::string body) {
    Result<std::unique_ptr<BodyReader>> reader =
        read_predict_request(std::move(body), signature_, {}, parsers_);
    if (!reader.ok()) return reader.status();
    std::vector<Tensor> inputs;
    for (std::size_t i = 0; i < signature_.inputs().size(); ++i) {
      inputs.push_back(*Tensor::zeros(signature_.inputs()[i].type.dtype, (*reader)->shapes()[i]));
    }
    if (Status status = (*reader)->fill(inputs); !status.ok()) return status;
    return inputs;
  }
  // The only input as text.
  std::string input(std::string body) {
    const auto inputs = tensors(std::move(body));
    return inputs.ok() ? inputs.value()[0].to_string() : inputs.status().to_string();
  }
  void expect_invalid(const std::string& body, const std::string& part) {
    EXPECT_THAT(tensors(body), FailsWith(StatusCode::kInvalidArgument, part)) << body;
  }
  std::string npy(const Tensor& tensor) {
    EXPECT_THAT(write_npy(folder_.file("x.npy"), tensor), IsOk());
    return *read_file(folder_.file("x.npy"));
  }

  Signature signature_ = rows_of_floats(2);
  JsonParsers parsers_;
  testing::TempDir folder_;
};

TEST_F(PredictRequestTest, AnArrayIsABatchOrOneInstance) {
  EXPECT_EQ(input("[[1,2],[3,4]]"), "f32[2,2] {1, 2, 3, 4}");
  EXPECT_EQ(input("[1,2]"), "f32[1,2] {1, 2}");
  EXPECT_EQ(input(" [[1,2]]"), "f32[1,2] {1, 2}");
  EXPECT_EQ(input("[[[1],[2]]]"), "f32[1,2] {1, 2}");
}

TEST_F(PredictRequestTest, InstancesAreRows) {
  EXPECT_EQ(input(R"({"instances":[[1,2],[3,4]]})"), "f32[2,2] {1, 2, 3, 4}");
  EXPECT_EQ(input(R"({"note":{"a":[1]},"instances":[[[1],[2]]],"more":null})"), "f32[1,2] {1, 2}");
  EXPECT_EQ(input(R"({"instances":[{"x":[1,2]},{"x":[3,4]}]})"), "f32[2,2] {1, 2, 3, 4}");
  expect_invalid(R"({"instances":[1,2]})", "input x: data of shape [2] does not suit f32[N,2]");
}

TEST_F(PredictRequestTest, InputsAreColumns) {
  EXPECT_EQ(input(R"({"inputs":{"x":[[1,2],[3,4]]}})"), "f32[2,2] {1, 2, 3, 4}");
  EXPECT_EQ(input(R"({"inputs":[[1,2],[3,4]]})"), "f32[2,2] {1, 2, 3, 4}");
}

TEST_F(PredictRequestTest, SeveralInputs) {
  signature_ = signature({io("a", DType::kF32, {'N', 2}), io("b", DType::kI64, {'N'})},
                         {io("y", DType::kF32, {'N'})});
  for (const char* body : {R"({"inputs":{"b":[5,6],"a":[[1,2],[3,4]]}})",
                           R"({"instances":[{"a":[1,2],"b":5},{"b":6,"a":[3,4]}]})"}) {
    const auto inputs = tensors(body);
    ASSERT_THAT(inputs, IsOk()) << body;
    EXPECT_THAT(inputs.value()[0].span<float>(), ElementsAre(1, 2, 3, 4));
    EXPECT_THAT(inputs.value()[1].span<std::int64_t>(), ElementsAre(5, 6));
  }
  expect_invalid("[[1,2]]", "the model has 2 inputs");
  expect_invalid(R"({"inputs":{"a":[[1,2]]}})", "input b is missing");
  expect_invalid(R"({"inputs":{"a":[[1,2]],"b":[1],"a":[[1,2]]}})", "input a is given twice");
  expect_invalid(R"({"inputs":{"a":[[1,2]],"b":[1],"c":1}})", "the model has no input 'c'");
  expect_invalid(R"({"instances":[{"a":[1,2],"b":5},{"b":6}]})", "input a is in 1 of 2 instances");
  expect_invalid(R"({"instances":[{"a":[1,2],"b":5},{"b":6,"b":7}]})", "near instance 1");
  expect_invalid(R"({"instances":[{"a":[1,2],"b":5},[1]]})", "instance 1 is an array");
  expect_invalid(R"({"instances":[{"a":[1,2],"b":5},{"a":[1],"b":5}]})", "input a: ");
  expect_invalid(R"({"instances":[{"a":[1,2],"b":5}],"inputs":{}})", "more than one of");
}

TEST_F(PredictRequestTest, RaggedArraysAreRefused) {
  expect_invalid("[[1,2],[3]]", "input x: an array along axis 1 has 1 entries");
  expect_invalid("[[1,2],[3,4,5]]", "more than the 2 entries");
  expect_invalid("[[1,2],3]", "element 2 is a number");
  expect_invalid("[[1,[2]],[3,4]]", "element 1");
  expect_invalid(R"({"instances":[[[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16],[],[],[],[],[],[]]]})",
                 "of different lengths");
}

TEST_F(PredictRequestTest, WhatIsNoRequestIsSaidToBe) {
  expect_invalid("", "the body is empty");
  expect_invalid("hello", "the body is neither JSON nor .npy nor a picture");
  expect_invalid("{}", "neither \"instances\" nor \"inputs\"");
  expect_invalid(R"({"instances":[]})", "instances is empty");
  expect_invalid(R"({"instances":7})", "instances is a number, not an array");
  expect_invalid("[]", "data of shape [0] does not suit");
  expect_invalid("[[1,2]] 7", "goes on after");
  expect_invalid("[[1,2]", "no valid JSON");
  expect_invalid(std::string(100'000, '['), "");
  expect_invalid(std::string(100'000, '[') + std::string(100'000, ']'), "nested deeper than 16");
}

TEST_F(PredictRequestTest, EveryTruncationIsAnError) {
  for (const std::string body : {R"({"a":[{"b":1}],"instances":[{"x":[1,2]},{"x":[3,4]}]})",
                                 R"({"inputs":{"x":[[1,2],[3,4]]},"b":"c"})", "[[1,2],[3,4]]"}) {
    ASSERT_THAT(tensors(body), IsOk());
    for (std::size_t length = 0; length < body.size(); ++length) {
      expect_invalid(body.substr(0, length), "");
    }
  }
}

TEST_F(PredictRequestTest, NpyFilesAreConverted) {
  EXPECT_EQ(input(npy(*Tensor::from<float>({2, 2}, std::vector<float>{1, 2, 3, 4}))),
            "f32[2,2] {1, 2, 3, 4}");
  EXPECT_EQ(input(npy(*Tensor::from<double>({2}, std::vector<double>{0.5, 2}))),
            "f32[1,2] {0.5, 2}");
  EXPECT_EQ(input(npy(*Tensor::from<std::uint8_t>({1, 2}, std::vector<std::uint8_t>{7, 255}))),
            "f32[1,2] {7, 255}");
  expect_invalid(npy(*Tensor::from<float>({3}, std::vector<float>{1, 2, 3})),
                 "data of shape [3] does not suit f32[N,2]");
  const std::string whole = npy(*Tensor::from<float>({1, 2}, std::vector<float>{1, 2}));
  for (std::size_t length = 6; length < whole.size(); ++length) {
    expect_invalid(whole.substr(0, length), "no readable .npy file");
  }
}

TEST_F(PredictRequestTest, NpyIsForOneInput) {
  signature_ = signature({io("a", DType::kF32, {'N'}), io("b", DType::kF32, {'N'})}, {});
  expect_invalid(npy(Tensor::vector<float>({1})), "for models with one input");
}

TEST(ConvertElements, LosesNoInteger) {
  const auto convert = [](const Tensor& from, DType to) -> Result<Tensor> {
    Tensor result = *Tensor::zeros(to, from.shape());
    if (Status status = convert_elements(from, result); !status.ok()) return status;
    return result;
  };
  EXPECT_EQ(convert(Tensor::vector<std::int64_t>({-5, 5}), DType::kI8)->to_string(),
            "i8[2] {-5, 5}");
  EXPECT_THAT(convert(Tensor::vector<std::int64_t>({0, 128}), DType::kI8),
              FailsWith(StatusCode::kInvalidArgument, "element 1 does not fit i8"));
  EXPECT_THAT(convert(Tensor::vector<std::int64_t>({-1}), DType::kU64),
              FailsWith(StatusCode::kInvalidArgument, "element 0 does not fit u64"));
  EXPECT_THAT(convert(Tensor::vector<std::uint64_t>({1ULL << 63}), DType::kI64),
              FailsWith(StatusCode::kInvalidArgument, "element 0 does not fit i64"));
  EXPECT_THAT(convert(Tensor::vector<float>({1}), DType::kI64),
              FailsWith(StatusCode::kInvalidArgument, "f32 cannot be read as i64"));
}

TEST(FitShape, RearrangesRowsOnly) {
  const IoInfo image = io("x", DType::kF32, {'N', 1, 28, 28});
  const auto fit = [&](const Shape& given, bool rows) {
    const Result<Shape> shape = fit_shape(image, given, rows);
    return shape.ok() ? shape->to_string() : "none";
  };
  EXPECT_EQ(fit({5, 1, 28, 28}, true), "[5,1,28,28]");
  EXPECT_EQ(fit({5, 28, 28}, true), "[5,1,28,28]");
  EXPECT_EQ(fit({5, 784}, true), "[5,1,28,28]");
  EXPECT_EQ(fit({784}, false), "[1,1,28,28]");
  EXPECT_EQ(fit({28, 28}, false), "[1,1,28,28]");
  EXPECT_EQ(fit({28, 28}, true), "none");
  EXPECT_EQ(fit({785}, false), "none");
  EXPECT_EQ(fit({0}, false), "none");
}

TEST(FitShape, OpenSizesInRowsNeedTheRank) {
  const IoInfo tokens = io("x", DType::kI64, {'N', 'S'});
  EXPECT_EQ(fit_shape(tokens, {2, 7}, true)->to_string(), "[2,7]");
  EXPECT_EQ(fit_shape(tokens, {7}, false)->to_string(), "[1,7]");
  EXPECT_FALSE(fit_shape(tokens, {7}, true).ok());
}

TEST(FitShape, AFixedBatchAndScalars) {
  const IoInfo one = io("x", DType::kF32, {1, 4});
  EXPECT_EQ(fit_shape(one, {4}, false)->to_string(), "[1,4]");
  EXPECT_EQ(fit_shape(one, {1, 2, 2}, true)->to_string(), "[1,4]");
  EXPECT_FALSE(fit_shape(one, {2, 4}, true).ok());
  EXPECT_EQ(fit_shape(io("x", DType::kF32, {}), {1}, false)->to_string(), "[]");
}

}  // namespace
}  // namespace tern::serve
